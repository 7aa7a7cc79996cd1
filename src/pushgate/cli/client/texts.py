"""Figures, instants and durations as people read them. Pure."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def plain(text: str, *, newlines: bool = False) -> str:
    """Return the text without characters that steer a terminal: texts of others are shown."""
    return "".join(
        one if one.isprintable() or (newlines and one == "\n") else "\N{REPLACEMENT CHARACTER}"
        for one in text
    )


def width(text: str) -> int:
    """Return how many columns a text takes: a Chinese character takes two."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def padded(text: str, columns: int) -> str:
    """Return the text with spaces after it, up to so many columns."""
    return text + " " * (columns - width(text))


def cell(value: object) -> str:
    """Return a value as a table shows it."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return plain(json.dumps(value, ensure_ascii=False))
    if isinstance(value, Sequence):
        return ",".join(cell(one) for one in value) or "-"
    return plain(str(value))


def moment(text: str | None) -> str:
    """Return an instant of the API in the zone of this machine, with its offset."""
    if not text:
        return "-"
    try:
        at = datetime.fromisoformat(text).astimezone()
    except ValueError:
        return plain(text)
    return f"{at:%Y-%m-%d %H:%M:%S} {at:%z}"


def terminal_count(count: int) -> str:
    """Return a number of terminals in words."""
    return counted(count, "terminal", "terminals")


def counted(count: int, one: str, many: str) -> str:
    """Return a number and its noun, such as `1 line` and `2 lines`."""
    return f"{count:,} {one if count == 1 else many}"


def percent(part: int, whole: int) -> str:
    """Return a share, `-` of nothing."""
    return f"{part / whole:.1%}" if whole else "-"


def duration(seconds: float) -> str:
    """Return a duration in its largest two units."""
    left = max(0, round(seconds))
    if left < _MINUTE:
        return f"{left} s"
    if left < _HOUR:
        return f"{left // _MINUTE} min {left % _MINUTE} s"
    if left < _DAY:
        return f"{left // _HOUR} h {left % _HOUR // _MINUTE} min"
    return f"{left // _DAY} d {left % _DAY // _HOUR} h"


def until(text: str, now: datetime | None = None) -> str:
    """Return how long it is until an instant of the API, in words."""
    left = datetime.fromisoformat(text) - (now or datetime.now(UTC))
    return f"in {duration(left.total_seconds())}" if left > timedelta(0) else "now"
