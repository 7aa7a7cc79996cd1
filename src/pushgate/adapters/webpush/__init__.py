"""Web Push: settings, options, requests, responses and receipts."""
