"""Meizu: settings, options, requests, responses and receipts."""
