"""OPPO: settings, options, requests, responses and receipts."""
