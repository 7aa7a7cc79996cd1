"""FCM: settings, options, requests, responses and receipts."""
