"""Apps: their vendors, their API keys, and checks of their messages."""
