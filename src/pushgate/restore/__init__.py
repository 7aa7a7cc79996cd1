"""A store that went back to an earlier time: what may have been sent since waits for a decision."""
