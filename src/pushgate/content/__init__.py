"""Which content a terminal receives. Pure."""
