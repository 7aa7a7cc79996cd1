"""The hour of the day in which a terminal clicks most, and when a message to it is due. Pure.

Clicks are counted by hour of the day in UTC, so no time zone is needed, and the best hour follows a
change of clocks or a journey by itself. They are also counted by periods of 28 days, of which the
last four count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from pushgate.domain.local_time import instant_in
from pushgate.domain.zones import local_day

HOURS_A_DAY = 24
PERIOD = timedelta(days=28)
WEIGHTS = (4, 3, 2, 1)
"""How much a click counts, by the age of its period. A click counts twice for its own hour, and
once for the hour before and the hour after.
"""
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def period_of(at: datetime) -> int:
    """The number of the period of an instant."""
    return int(at.timestamp()) // int(PERIOD.total_seconds())


def period_begins(period: int) -> datetime:
    """When the period with a number began (aware UTC)."""
    return datetime.fromtimestamp(period * PERIOD.total_seconds(), UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class BestHour:
    """A message to each terminal in its best hour: of the first `hours` full hours after `since`
    (aware UTC), the one in which it clicks most.

    Terminals without a known click in these hours are due at `fallback`, a naive time of day in
    their own zone or in `default_zone`. Without a fallback they are due in `app_hour`, the best
    hour (UTC) of all terminals of the app; without that, in the first hour.
    """

    since: datetime
    hours: int
    default_zone: str
    fallback: time | None = None
    app_hour: int | None = None

    @property
    def period(self) -> int:
        """The newest period whose clicks count."""
        return period_of(self.since)

    @property
    def candidates(self) -> Sequence[int]:
        """The hours of the day (UTC) in which the message goes out, in the order of time."""
        return [at.hour for at in self.instants()]

    def instants(self) -> Sequence[datetime]:
        """The full hours in which the message goes out, in rising order."""
        first = self.since.replace(minute=0, second=0, microsecond=0)
        first += _HOUR if first < self.since else timedelta()
        return [first + number * _HOUR for number in range(self.hours)]

    def earliest(self) -> datetime:
        """The last instant. So a terminal is not too late when its best hour changes to one that
        has passed.
        """
        return self.instants()[-1]

    def comes_at(self, zone: str) -> datetime:
        """When terminals without a known click are due in a zone; '' is no zone."""
        return _comes_at(self, zone)

    def came_by(self, at: datetime) -> Sequence[int]:
        """The hours of the day (UTC) that have come by an instant."""
        return [one.hour for one in self.instants() if one <= at]


@lru_cache(maxsize=4096)
def _comes_at(best_hour: BestHour, zone: str) -> datetime:
    instants = best_hour.instants()
    if best_hour.fallback is None:
        of_app = (at for at in instants if at.hour == best_hour.app_hour)
        return next(of_app, instants[0])
    day = local_day(best_hour.since, zone, best_hour.default_zone)
    for days in (0, 1, 2):
        local = datetime.combine(day + days * _DAY, best_hour.fallback)
        at = instant_in(local, zone) or instant_in(local, best_hour.default_zone)
        if at is not None and at >= best_hour.since:
            # At the full hour then or after it, and within the window.
            return next((instant for instant in instants if instant >= at), instants[-1])
    return instants[-1]


def best_hour_of(clicks: Mapping[tuple[int, int], int], candidates: Sequence[int]) -> int | None:
    """The best of the candidate hours by the clicks in each (hour, age of the period); None where
    no click is near a candidate. The earliest of the day among equal ones.
    """

    def weight(hour: int) -> int:
        hour %= HOURS_A_DAY
        return sum(weight * clicks.get((hour, age), 0) for age, weight in enumerate(WEIGHTS))

    scores = {hour: 2 * weight(hour) + weight(hour - 1) + weight(hour + 1) for hour in sorted(candidates)}
    best = max(scores, key=lambda hour: (scores[hour], -hour), default=None)
    return best if best is not None and scores[best] else None
