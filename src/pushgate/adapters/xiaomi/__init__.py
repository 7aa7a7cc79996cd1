"""Xiaomi: settings, options, requests, responses and receipts."""
