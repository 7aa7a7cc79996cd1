"""FCM: settings, options, payloads, responses and the adapter."""
