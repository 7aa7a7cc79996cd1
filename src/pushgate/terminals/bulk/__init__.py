"""Many new terminals at once: written by plain commands that are packed here, not by scripts."""
