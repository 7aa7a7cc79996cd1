"""Durations as people write them: `90s`, `15m`, `1h`, `30d`. Pure."""

import re
from datetime import timedelta

_TEXT = re.compile(r"([0-9]{1,9})([smhd])")
PATTERN = r"^[0-9]{1,9}[smhd]$"
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def parse_duration(written: object, most: timedelta) -> timedelta:
    """Parse a duration from zero to `most`. Raises ValueError, whose text says what to write."""
    found = _TEXT.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError("must be a number with s, m, h or d, such as 90s, 15m, 1h or 30d")
    try:
        duration = int(found[1]) * _UNITS[found[2]]
    except OverflowError:
        duration = timedelta.max
    if duration > most:
        raise ValueError(f"must be at most {format_duration(most)}")
    return duration


def format_duration(duration: timedelta) -> str:
    """The text of a duration in the largest unit of which it is a multiple: `90s`, `2h`, `30d`."""
    for unit in ("d", "h", "m"):
        if duration and duration % _UNITS[unit] == timedelta(0):
            return f"{duration // _UNITS[unit]}{unit}"
    return f"{duration // _UNITS['s']}s"
