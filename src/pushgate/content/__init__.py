"""Which content a terminal receives, by its language. Pure."""
