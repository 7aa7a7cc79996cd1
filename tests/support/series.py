"""Recurring messages for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pushgate.domain.audience import AudienceSummary
from pushgate.domain.message import Content, Message, Options
from pushgate.domain.message_id import UNASSIGNED
from pushgate.series import recurrence
from pushgate.series.recurrence import Missed, Overlap, Recurrence
from pushgate.series.values import Series, SeriesStatus

EPOCH = datetime.fromtimestamp(0, UTC)


def template(ttl: timedelta = timedelta(days=1), app: str = "shop") -> Message:
    """The message of each run, to everyone."""
    return Message(
        id=UNASSIGNED,
        app=app,
        content={"en": Content("t", "b")},
        default_language="en",
        push_at=EPOCH,
        created_at=EPOCH,
        audience=AudienceSummary(),
        options=Options(ttl=ttl),
    )


def recurring(
    cron: str,
    now: datetime,
    *,
    timezone: str = "UTC",
    start: datetime | None = None,
    end: datetime | None = None,
    missed: Missed = Missed.LATEST,
    overlap: Overlap = Overlap.SEND,
    name: str = "news",
    message: Message | None = None,
) -> Series:
    """A new series for such a recurrence, whose instants are after now."""
    rule = Recurrence(
        cron=cron,
        timezone=timezone,
        start=start,
        end=end,
        missed=missed,
        overlap=overlap,
        created_at=now,
        changed_at=now,
        changed_by="tests",
    )
    return Series(
        app="shop",
        id=name,
        kind=recurrence.KIND,
        status=SeriesStatus.ACTIVE,
        next_ms=recurrence.next_ms(rule, now),
        definition=recurrence.encode(rule),
        template=message or template(),
        written=b"{}",
    )


def moved(series: Series, next_ms: int | None) -> Series:
    """The series after a step."""
    return replace(series, next_ms=next_ms)
