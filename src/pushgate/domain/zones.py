"""What time it is in a time zone. Pure."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


def local_day(now: datetime, zone: str | None, default: str) -> date:
    """The day in a zone; in the default one for none, and for one that is not known."""
    return now.astimezone(_zone(zone or default, default)).date()


@lru_cache(maxsize=2048)
def _zone(name: str, default: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a zone that left the database of zones, or was never in it
        return ZoneInfo(default)
