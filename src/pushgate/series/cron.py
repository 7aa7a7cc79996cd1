"""Instants of a cron expression in a time zone. Pure.

A fixed time that does not exist on a day is the first instant after the gap; one that occurs twice
is the first of the two. Where the minute or the hour begins with `*`, the expression follows the
clock: what occurs twice are two instants, and what does not exist is none.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from pushgate.domain.zones import known_zones

FIELDS = 5
_MAX_LENGTH = 200
_LONGEST_OVERLAP = timedelta(hours=4)
"""Longer than any local times have occurred twice since 2000: three hours, at Casey."""
_FIRST_LOOK = datetime(2000, 1, 1, tzinfo=UTC)


class CronError(ValueError):
    """A cron expression or a time zone is not known; the text says why."""


def check_cron(cron: str) -> None:
    """Raises CronError for what is no cron expression of five fields, or has no instant ever."""
    if len(cron) > _MAX_LENGTH:
        raise CronError(f"has more than {_MAX_LENGTH} characters")
    if len(cron.split()) != FIELDS:
        raise CronError(
            'must have five fields: minute, hour, day of month, month, day of week; such as "30 9 * * 1-5"'
        )
    try:
        next(CronSim(cron, _FIRST_LOOK))
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        raise CronError(f"has a {field} that is not valid") from error
    except StopIteration as error:
        raise CronError("names a day that never comes") from error


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name in the IANA database. Raises CronError."""
    if name not in known_zones():
        raise CronError("is not a time zone of the IANA database, such as Europe/Berlin")
    return ZoneInfo(name)


def instants(cron: str, timezone: str, after: datetime) -> Iterator[datetime]:
    """Instants after this one, in UTC, in their order. They are the same wherever one begins.

    Raises CronError for another expression or zone.
    """
    check_cron(cron)
    zone, last = zone_of(timezone), after.astimezone(UTC)
    for instant in (_following if _follows_clock(cron) else _fixed)(cron, zone, last):
        if instant > last:
            yield instant
            last = instant


def _follows_clock(cron: str) -> bool:
    minute, hour, *_ = cron.split()
    return minute.startswith("*") or hour.startswith("*")


def _fixed(cron: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Each local time once. Where clocks were set back, some may be before `after`."""
    return (found.astimezone(UTC) for found in CronSim(cron, after.astimezone(zone)))


def _following(cron: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Each local time as often as it occurs.

    CronSim leaves some out after a gap that does not end with an hour, so it gets local times
    without a zone here.
    """
    waiting: list[datetime] = []
    for local in CronSim(cron, after.astimezone(zone).replace(tzinfo=None) - _LONGEST_OVERLAP):
        first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        # What follows occurs no earlier than `first`.
        while waiting and waiting[0] <= first:
            yield heappop(waiting)
        for instant in {first, second}:
            if instant.astimezone(zone).replace(tzinfo=None) == local:
                heappush(waiting, instant)
