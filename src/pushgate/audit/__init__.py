"""Which API key did what, when, and from which address."""
