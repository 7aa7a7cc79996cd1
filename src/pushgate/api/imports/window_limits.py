"""Limits of a window of an import: the terminals that are registered together."""

from datetime import timedelta

MAX_WINDOW = 32_768
"""Terminals of a window. In a larger window more terminals share a group, which costs less."""
MAX_WINDOW_MEMORY = 32 * 1024 * 1024
"""Bytes of memory that the terminals of a window take. An import has two windows."""
MAX_WINDOW_AGE = timedelta(seconds=5)
"""How often the lines of a slow stream are registered, and its progress noted, at least."""
