"""What day and time it is in a time zone. Pure."""

from datetime import date, datetime, time
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def known_zones() -> frozenset[str]:
    """The names of all IANA time zones. The database is read once a process."""
    return frozenset(available_timezones())


def local_day(now: datetime, zone: str | None, default: str) -> date:
    """The day in a zone; in the default one for none, and for one that is not known."""
    return now.astimezone(zone_or_default(zone, default)).date()


def is_within(now: datetime, zone: str | None, default: str, begins: time, ends: time) -> bool:
    """Whether the time of day in a zone, as in `local_day`, is from `begins` on and before `ends`.

    Hours that end before they begin go over midnight; hours that end when they begin are none.
    """
    at = now.astimezone(zone_or_default(zone, default)).time()
    return begins <= at < ends if begins <= ends else at >= begins or at < ends


def zone_or_default(name: str | None, default: str) -> ZoneInfo:
    """A zone, or the default one for none, and for one that is not known."""
    return _zone(name or default, default)


@lru_cache(maxsize=2048)
def _zone(name: str, default: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a zone that left the database of zones, or was never in it
        return ZoneInfo(default)
