"""APNs: settings, options, requests, responses and receipts."""
