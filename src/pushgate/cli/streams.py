"""What stdout and stderr can show."""

import io
import os
import sys
from typing import TextIO

_FIXED = (None, "", "dumb", "unknown")


def can_overwrite(stream: TextIO) -> bool:
    """Whether this is a terminal that can overwrite what it shows."""
    return stream.isatty() and os.environ.get("TERM") not in _FIXED


def accept_all_texts() -> None:
    """Let stdout take any text, whatever the locale is: files and pipes get UTF-8, and a terminal
    that lacks a character a `?` in its place.
    """
    stdout = sys.stdout
    if isinstance(stdout, io.TextIOWrapper) and not stdout.encoding.lower().startswith("utf"):
        if stdout.isatty():
            stdout.reconfigure(errors="replace")
        else:
            stdout.reconfigure(encoding="utf-8")
