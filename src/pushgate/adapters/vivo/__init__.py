"""vivo: settings, options, requests, responses and receipts."""
