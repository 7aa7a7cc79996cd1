"""Series: what has a next time, and makes a message each time that it falls due."""
