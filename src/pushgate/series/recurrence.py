"""Recurring messages: one message for each instant of a cron expression. Pure.

In: a recurrence, its next instant, and now. Out: which instants have messages and which have none,
and why.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

import msgspec
from msgspec.structs import replace

from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.message import Message
from pushgate.domain.message_id import large_id
from pushgate.series.cron import instants
from pushgate.series.values import NewPart, NoPart, Series, SeriesStatus, Skipped, Step

KIND = "recurrence"
MAX_MADE_UP = 100
"""Missed instants that are made up for, at most."""
LATEST_WITHIN = timedelta(hours=1)
"""How late the last missed instant may still be made up for."""
ON_TIME_WITHIN = timedelta(minutes=1)
"""An instant is missed where no scheduler made its message within this time."""
_AT_ONCE = 500
"""Instants that one step passes at most."""


class Missed(StrEnum):
    """What becomes of instants that no scheduler saw in time."""

    LATEST = "latest"
    """The last one is made up for, if it is not long ago."""
    SKIP = "skip"
    ALL = "all"


class Overlap(StrEnum):
    """What becomes of an instant while the message of the last one is still being sent."""

    SEND = "send"
    SKIP = "skip"


class Recurrence(msgspec.Struct, frozen=True, kw_only=True):
    """When messages recur. `start` and `end` are included; None for no bound."""

    cron: str
    timezone: str
    start: datetime | None = None
    end: datetime | None = None
    missed: Missed = Missed.LATEST
    overlap: Overlap = Overlap.SEND
    created_at: datetime
    changed_at: datetime
    changed_by: str
    """The name of the API key that wrote it last."""


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Recurrence).decode


def upcoming(recurrence: Recurrence, after: datetime) -> Iterator[datetime]:
    """The instants after this one, in UTC. Raises CronError."""
    begin = after
    if recurrence.start is not None and recurrence.start > after:
        begin = recurrence.start - timedelta(microseconds=1)
    for instant in instants(recurrence.cron, recurrence.timezone, begin):
        if recurrence.end is not None and instant > recurrence.end:
            return
        yield instant


def next_ms(recurrence: Recurrence, after: datetime) -> int | None:
    """The first instant after this one, in ms since the epoch; None where there is none."""
    found = next(upcoming(recurrence, after), None)
    return None if found is None else to_ms(found)


def part_id(app: str, series_id: str, at_ms: int) -> str:
    """The id of the message of an instant: the same, whoever makes it."""
    seed = f"{app} {series_id} {at_ms}".encode()
    return large_id(at_ms, hashlib.sha256(seed).hexdigest())


def due_step(series: Series, now: datetime) -> Step:
    """What is to be done with a recurrence that is due. Its part is at most one of the instants up
    to now, and at most 500 of them are passed: then the recurrence is due again at once.

    Raises ValueError for a definition that is none.
    """
    recurrence = decode(series.definition)
    assert series.next_ms is not None
    passed, following = _passed(recurrence, series.next_ms, now)
    if series.status is SeriesStatus.PAUSED:
        return Step(following, [Skipped(at_ms, NoPart.PAUSED) for at_ms in passed])
    is_last = following is None or from_ms(following) > now
    skipped, at_ms = _chosen(recurrence, passed, following, now, is_last=is_last)
    left = passed[len(skipped) + (at_ms is not None) :]
    then, missed = left[0] if left else following, [Skipped(one, NoPart.MISSED) for one in skipped]
    if at_ms is None:
        return Step(then, missed)
    message = run_message(series, at_ms)
    if message.expires_at <= now:
        return Step(then, [*missed, Skipped(at_ms, NoPart.EXPIRED)])
    waits_for_last = recurrence.overlap is Overlap.SKIP
    return Step(then, missed, NewPart(at_ms, message, waits_for_last=waits_for_last))


def _passed(recurrence: Recurrence, first_ms: int, now: datetime) -> tuple[list[int], int | None]:
    """The instants from the first one up to now, and the one that follows them."""
    passed = [first_ms]
    for instant in islice(upcoming(recurrence, from_ms(first_ms)), _AT_ONCE):
        at_ms = to_ms(instant)
        if instant > now or len(passed) == _AT_ONCE:
            return passed, at_ms
        passed.append(at_ms)
    return passed, None


def _chosen(
    recurrence: Recurrence, passed: Sequence[int], following: int | None, now: datetime, *, is_last: bool
) -> tuple[Sequence[int], int | None]:
    """The instants that have no message, and then the one that has one now; those after it follow
    in later steps.
    """
    if recurrence.missed is Missed.ALL:
        first = max(len(passed) - MAX_MADE_UP, 0)
        return passed[:first], passed[first] if is_last else None
    *missed, last = passed
    if not is_last:
        return passed, None
    allowed = LATEST_WITHIN if recurrence.missed is Missed.LATEST else ON_TIME_WITHIN
    if following is not None:
        allowed = min(allowed, (from_ms(following) - from_ms(last)) / 2)
    return (missed, last) if now - from_ms(last) <= allowed else (passed, None)


def run_message(series: Series, at_ms: int) -> Message:
    """The message of an instant. Its time to live counts from the instant."""
    at = from_ms(at_ms)
    message_id = part_id(series.app, series.id, at_ms)
    return replace(series.template, id=message_id, app=series.app, push_at=at, created_at=at)
