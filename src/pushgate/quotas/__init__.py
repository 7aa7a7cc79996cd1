"""Vendors' daily quotas: what an app may send through a vendor in a day, for all processes."""
