"""Honor: settings, options, requests, responses and receipts."""
