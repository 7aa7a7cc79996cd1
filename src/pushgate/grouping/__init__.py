"""Grouping: turns an audience into bits by vendor, language and block."""
