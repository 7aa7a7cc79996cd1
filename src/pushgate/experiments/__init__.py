"""Experiments: what the variants of a message did, and whether one is clearly the best. Pure."""
