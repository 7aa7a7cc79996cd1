"""Web Push: settings, options, payloads, responses and the adapter."""
