"""Huawei: settings, options, requests, responses and receipts."""
