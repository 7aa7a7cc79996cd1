"""The instants at which one local time comes in each time zone. Pure.

A local time that a zone leaves out, because clocks are set forward, comes at the first instant
after the gap. One that occurs twice comes at the first of the two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pushgate.domain.zones import known_zones

_SECOND = timedelta(seconds=1)


class Passed(StrEnum):
    """What happens to terminals in whose zones the local time has already passed when the message
    is made.
    """

    SEND = "send"
    """They are pushed to at once, within the time to live."""
    SKIP = "skip"
    """They are left out."""
    TOMORROW = "tomorrow"
    """They are pushed to at this time of the next day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """One local time for all terminals, each in its own zone.

    `local` is naive. Terminals without a zone, or with an unknown one, are in `default_zone`. Zones
    in which the local time was past at `since` (aware UTC) are treated as `passed` says.
    """

    local: datetime
    default_zone: str
    since: datetime
    passed: Passed = Passed.SEND

    def comes_at(self, zone: str) -> datetime | None:
        """When the local time comes in a zone, aware UTC; None where it is left out there."""
        found = self._on_day(0, zone)
        if found >= self.since or self.passed is Passed.SEND:
            return found
        if self.passed is Passed.SKIP:
            return None
        # In the zones that come first, the next day may have passed as well: zones span 26 hours.
        next_day = self._on_day(1, zone)
        return next_day if next_day >= self.since else self._on_day(2, zone)

    def _on_day(self, days: int, zone: str) -> datetime:
        """When the local time, this number of days later, comes in a zone."""
        local = self.local + timedelta(days=days)
        found = instant_in(local, zone) or instant_in(local, self.default_zone)
        return local.replace(tzinfo=UTC) if found is None else found

    def instants(self) -> Sequence[datetime]:
        """The instants from `since` on at which the local time comes in any zone, in rising order.

        Where the local time has passed in some zones and these are pushed to at once, the first
        instant is `since` itself.
        """
        return sorted({max(at, self.since) for at in _instants(self)})

    def earliest(self) -> datetime:
        """The earliest instant at which the local time comes in any zone, even before `since`."""
        return min(_instants(self), default=self.since)

    def passed_zones(self, zones: Iterable[str]) -> list[str]:
        """Those of the zones in which the local time was past at `since`."""
        return [zone for zone in zones if (at := instant_in(self.local, zone)) and at < self.since]


@lru_cache(maxsize=1024)
def _instants(local_time: LocalTime) -> Sequence[datetime]:
    """The instants at which a local time comes in any zone. Cached, because open families are
    checked every second.
    """
    found = {local_time.comes_at(zone) for zone in (*known_zones(), local_time.default_zone)}
    return tuple(at for at in found if at is not None)


@lru_cache(maxsize=4096)
def instant_in(local: datetime, zone: str) -> datetime | None:
    """The first instant, aware UTC, at which clocks in a zone show a naive local time or have gone
    past it; None for a zone that is not known.
    """
    try:
        info = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a directory of the database is an OSError
        return None
    first = local.replace(tzinfo=info, fold=0).astimezone(UTC)
    if first.astimezone(info).replace(tzinfo=None, fold=0) == local:
        return first
    # In a gap, fold 0 counts by the offset before the change, fold 1 by the one after it: the
    # change lies between the two instants.
    return _first_after_gap(info, local.replace(tzinfo=info, fold=1).astimezone(UTC), first)


def _first_after_gap(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant, to the second, at which the offset of a zone changes between these two."""
    offset, before, after = (
        before.astimezone(zone).utcoffset(),
        before.replace(microsecond=0),
        after.replace(microsecond=0),
    )
    while after - before > _SECOND:
        middle = before + (after - before) // 2 // _SECOND * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
