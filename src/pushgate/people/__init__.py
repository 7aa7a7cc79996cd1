"""People: all that is kept of one, gathered, and erased."""
