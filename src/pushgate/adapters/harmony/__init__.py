"""HarmonyOS: settings, options, payloads, responses, receipts and the adapter."""
