"""HarmonyOS: settings, options, requests, responses and receipts."""
