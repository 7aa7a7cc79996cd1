"""APNs: settings, options, payloads, responses and the adapter."""
