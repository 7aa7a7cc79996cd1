"""Grouping: an audience becomes bits by vendor, language and block."""
