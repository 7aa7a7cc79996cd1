"""A family: one message that goes out in parts, each at its own instant.

Callers see only the family. A part is a large message of its own: it is planned, sent and accounted
for like any other. No terminal is in two parts of a family. Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.domain.audience import AudienceSummary
from pushgate.domain.best_hour import BestHour
from pushgate.domain.local_time import LocalTime
from pushgate.domain.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Family:
    """When the parts of a message are due: at a local time, or in each terminal's best hour.
    `last_at` is the instant of the last one, aware UTC.
    """

    local_time: LocalTime | None
    last_at: datetime
    best_hour: BestHour | None = None

    @property
    def timetable(self) -> Timetable:
        """When the message is due."""
        return _timetable(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which terminals of a family a part is for: those in whose zones the local time came after
    `after` and no later than `by` (aware UTC), or whose best hour has come by `by`. Terminals of
    other parts are left out.

    `is_missed` marks the part of terminals that are too late: the family's time to live was over
    before a part could take them in. `last_at` is the family's.
    """

    family: str
    number: int
    audience: AudienceSummary
    local_time: LocalTime | None
    best_hour: BestHour | None = None
    after: datetime
    by: datetime
    last_at: datetime
    is_missed: bool = False

    @property
    def timetable(self) -> Timetable:
        """When the message is due."""
        return _timetable(self)


def _timetable(of: Family | Part) -> Timetable:
    timetable = of.best_hour or of.local_time
    assert timetable is not None
    return timetable


@dataclass(frozen=True, slots=True)
class Made:
    """The progress of a family: how many parts were made, the instant of the last one, and whether
    it was the part of missed terminals, which is the final one.
    """

    count: int = 0
    at: datetime | None = None
    is_complete: bool = False


def due_at(family: Family, lifetime: timedelta, zone: str) -> datetime | None:
    """When terminals in a zone are due ('' for no zone); None where they are left out, or too late
    for the time to live. With best hours, this is for terminals without a known click.
    """
    timetable = family.timetable
    at = timetable.comes_at(zone)
    return max(at, timetable.since) if at is not None and at > timetable.since - lifetime else None


def next_part(
    family_id: str, family: Family, audience: AudienceSummary, lifetime: timedelta, made: Made
) -> Part | None:
    """The next part to be made, None where there is no more.

    The last part is for missed terminals, such as those that changed their zone: the instant of
    their zone was already too long ago when a part could take them in. They are counted as expired.
    """
    if made.is_complete:
        return None
    timetable = family.timetable
    due = [at for at in timetable.instants() if made.at is None or at > made.at]
    by = due[0] if due else made.at or family.last_at
    if not due and timetable.earliest() > by - lifetime:
        return None
    return Part(
        family=family_id,
        number=made.count + 1,
        audience=audience,
        local_time=family.local_time,
        best_hour=family.best_hour,
        after=by - lifetime,
        by=by,
        last_at=max(family.last_at, by),
        is_missed=not due,
    )
