"""Frozen audiences: the terminals that an audience holds now keep a hidden name in their rows."""
