"""Webhooks: events are posted to the addresses of an app's backend, signed, at least once."""
