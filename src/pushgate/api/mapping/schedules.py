"""Schedules, JSON <-> recurrences. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
import orjson

from pushgate.api.mapping.messages import from_warnings
from pushgate.api.schemas.schedules import ScheduleBody, ScheduleChange, ScheduleTimes
from pushgate.api.times import format_instant
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.message import MAX_AHEAD
from pushgate.series import recurrence
from pushgate.series.cron import CronError, check_cron
from pushgate.series.recurrence import Missed, Overlap, Recurrence
from pushgate.series.values import Part, Series

_TIMES = frozenset({"cron", "timezone", "start", "end"})


def to_rule(written: ScheduleTimes, now: datetime, author: str) -> Recurrence:
    """The rule of a schedule that this author writes now. Raises InvalidRequest, also where the
    rule has no instant from now on.
    """
    whole = written if isinstance(written, ScheduleBody) else None
    rule = Recurrence(
        cron=written.cron,
        timezone=written.timezone,
        start=written.start,
        end=written.end,
        missed=whole.missed if whole else Missed.LATEST,
        overlap=whole.overlap if whole else Overlap.SEND,
        created_at=now,
        changed_at=now,
        changed_by=author,
    )
    return _checked(rule, now)


def change_rule(rule: Recurrence, written: ScheduleChange, now: datetime, author: str) -> Recurrence:
    """The rule with the fields that are written. Raises InvalidRequest."""
    fields = {name: getattr(written, name) for name in written.model_fields_set - {"message"}}
    changed = msgspec.structs.replace(rule, **fields, changed_at=now, changed_by=author)
    return _checked(changed, now) if changes_times(written) else changed


def changes_times(written: ScheduleChange) -> bool:
    """Whether the change may change the instants."""
    return not _TIMES.isdisjoint(written.model_fields_set)


def has_same_times(one: Recurrence, other: Recurrence) -> bool:
    """Whether two rules have the same instants, as they are written."""
    return all(getattr(one, name) == getattr(other, name) for name in _TIMES)


def check_message(message: Mapping[str, object]) -> None:
    """Raises InvalidRequest where the message has a push time of its own."""
    if "push_time" in message:
        text = "has no effect: each run's push time is an instant of the schedule; leave it out"
        raise InvalidRequest([FieldError("message.push_time", text)])


def within_message(error: InvalidRequest) -> InvalidRequest:
    """The error of a message that is part of a schedule."""
    return InvalidRequest(list(map(_within, error.errors)))


def warnings_of(message: Iterable[FieldError]) -> list[dict[str, str]]:
    """The warnings of a message that is part of a schedule, as JSON."""
    return list(from_warnings(map(_within, message)))


def _within(error: FieldError) -> FieldError:
    return FieldError(f"message.{error.field}".rstrip("."), error.message)


def from_series(series: Series) -> dict[str, object]:
    """A schedule as JSON, without its next runs."""
    rule = recurrence.decode(series.definition)
    return {
        "id": series.id,
        "status": series.status.value,
        "cron": rule.cron,
        "timezone": rule.timezone,
        "start": format_instant(rule.start) if rule.start else None,
        "end": format_instant(rule.end) if rule.end else None,
        "missed": rule.missed.value,
        "overlap": rule.overlap.value,
        "message": orjson.Fragment(series.written),
        "created_at": format_instant(rule.created_at),
        "changed_at": format_instant(rule.changed_at),
        "changed_by": rule.changed_by,
    }


def from_part(part: Part) -> dict[str, object]:
    """What became of an instant, as JSON."""
    return {
        "at": format_instant(part.at),
        "message_id": part.message_id,
        "reason": part.reason.value if part.reason else None,
    }


def _checked(rule: Recurrence, now: datetime) -> Recurrence:
    try:
        check_cron(rule.cron)
    except CronError as error:
        raise InvalidRequest([FieldError("cron", str(error))]) from error
    if rule.start and rule.end and rule.start > rule.end:
        raise InvalidRequest([FieldError("end", "is before the start")])
    if rule.start and rule.start - now > MAX_AHEAD:
        raise InvalidRequest([FieldError("start", f"is more than {MAX_AHEAD.days} days ahead")])
    if recurrence.next_ms(rule, now) is None:
        raise InvalidRequest([FieldError("end", "leaves no run: no instant of the schedule is left before")])
    return rule
