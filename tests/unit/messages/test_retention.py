"""A message is kept until its retention ends, counted from the end of its time to live."""

from datetime import UTC, datetime, timedelta

import pytest

from pushgate.domain.audience import AudienceSummary
from pushgate.domain.message import NOW_OR_NEVER, Content, Message, Options
from pushgate.messages.retention import Retention

PUSH_AT = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ttl", "lifetime"),
    [(timedelta(hours=2), timedelta(hours=2)), (timedelta(0), NOW_OR_NEVER)],
)
def test_retention_begins_at_the_end_of_the_time_to_live(ttl: timedelta, lifetime: timedelta) -> None:
    message = Message(
        id="m",
        app="shop",
        content={"en": Content("t", "b")},
        default_language="en",
        push_at=PUSH_AT,
        created_at=PUSH_AT,
        audience=AudienceSummary(),
        options=Options(ttl=ttl),
    )
    kept = Retention(timedelta(days=30))
    assert kept.keep_until(message) == PUSH_AT + lifetime + timedelta(days=30)
    assert kept.keep_until(message.envelope) == kept.keep_until(message)
