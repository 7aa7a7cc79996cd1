"""Hours of the day in which terminals get no messages, in their own time zones. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pushgate.domain.local_time import instant_in
from pushgate.domain.zones import is_within, zone_or_default

MARGIN = timedelta(minutes=15)
"""A push takes time to reach its terminal: where quiet hours begin so soon, it is held already."""
LEFT_OUT = datetime.min.replace(tzinfo=UTC)
"""Stands for the instant at which a push is sent that is never sent, because of quiet hours."""
_DAYS = range(-1, 3)
_NONE = timedelta(0)
_MAX_CHAINED = 4


@dataclass(frozen=True, slots=True)
class QuietTimes:
    """Quiet hours from one time of day to another: over midnight where they end before they begin,
    none where they end when they begin. `default_zone` is that of terminals without a known zone.
    """

    begins: time
    ends: time
    default_zone: str

    def is_quiet(self, now: datetime, zone: str | None) -> bool:
        """Whether it is a quiet hour in a zone."""
        return is_within(now, zone, self.default_zone, self.begins, self.ends)

    def held_until(self, now: datetime, zone: str | None, within: timedelta) -> datetime | None:
        """When quiet hours end in a zone, aware UTC, if it is one now or will be `within` this
        time; else None.
        """
        return _held_until(self, now, zone_or_default(zone, self.default_zone).key, within)


def held_until(
    hours: Sequence[QuietTimes], now: datetime, zone: str | None, within: timedelta
) -> datetime | None:
    """When none of these quiet hours holds any longer in a zone, as `QuietTimes.held_until`. Where
    one always begins before another one ends, four ends are followed.
    """
    until, at = None, now
    for _ in range(_MAX_CHAINED):
        ends = [end for one in hours if (end := one.held_until(at, zone, within))]
        if not ends:
            break
        until = at = max(ends)
        within = _NONE
    return until


def waits_until(
    hours: Sequence[QuietTimes],
    now: datetime,
    zone: str | None,
    within: timedelta | None,
    expires_at: datetime,
) -> datetime | None:
    """When a push to a terminal in a zone is sent because of these quiet hours: None for now,
    LEFT_OUT for never.

    `within` is that of `held_until`, None for a push that does not wait. One that would expire
    before quiet hours end does not wait either.
    """
    until = None if within is None else held_until(hours, now, zone, within)
    if until and until < expires_at:
        return until
    return LEFT_OUT if any(one.is_quiet(now, zone) for one in hours) else None


def parse_hours(text: str, default_zone: str) -> QuietTimes:
    """Read quiet hours of a person, such as 22:00-07:00. Raises ValueError."""
    begin, _, end = text.partition("-")
    return QuietTimes(time.fromisoformat(begin), time.fromisoformat(end), default_zone)


@lru_cache(maxsize=8192)
def _held_until(hours: QuietTimes, now: datetime, zone: str, within: timedelta) -> datetime | None:
    if hours.begins == hours.ends:
        return None
    begun_at = now
    if not hours.is_quiet(now, zone):
        begins = [at for at in _instants(hours.begins, now, zone) if now < at <= now + within]
        if not begins:
            return None
        begun_at = min(begins)
    ends = (at for at in _instants(hours.ends, begun_at, zone) if at > begun_at)
    return min((at for at in ends if not hours.is_quiet(at, zone)), default=None)


def _instants(of_day: time, near: datetime, zone: str) -> Iterator[datetime]:
    """The instants of the days around this one at which clocks in a zone show a time of day, or
    leave it out.
    """
    info = ZoneInfo(zone)
    today = near.astimezone(info).date()
    for days in _DAYS:
        local = datetime.combine(today + timedelta(days=days), of_day)
        first = instant_in(local, zone)
        if first is None:
            continue
        yield first
        second = local.replace(tzinfo=info, fold=1).astimezone(UTC)
        if second > first and second.astimezone(info).replace(tzinfo=None, fold=0) == local:
            yield second
