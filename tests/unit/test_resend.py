"""A message that is sent again expires by its own time to live, or by the one that is asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from pushgate.domain.audience import AudienceKind, AudienceSummary
from pushgate.domain.message import NOW_OR_NEVER, Content, Message, Options, Resend
from pushgate.domain.outcome import State
from pushgate.resend import ResendRequest

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
KEEP_UNTIL = NOW + timedelta(days=10)
MESSAGE = Message(
    id="0" * 30,
    app="shop",
    content={"en": Content("t", "b")},
    default_language="en",
    push_at=NOW - timedelta(days=1),
    created_at=NOW - timedelta(days=1),
    audience=AudienceSummary(AudienceKind.ALL),
    options=Options(ttl=timedelta(hours=1)),
)


@pytest.mark.parametrize(
    ("ttl", "lifetime"),
    [
        (None, timedelta(hours=1)),
        (timedelta(minutes=5), timedelta(minutes=5)),
        (timedelta(0), NOW_OR_NEVER),
        (timedelta(days=28), timedelta(days=10)),
    ],
)
def test_it_expires_after_its_lifetime_and_before_it_is_deleted(
    ttl: timedelta | None, lifetime: timedelta
) -> None:
    again = ResendRequest([State.REJECTED], ttl).apply(MESSAGE, NOW, KEEP_UNTIL)
    assert again.expires_at == NOW + lifetime


def test_it_counts_how_often_a_message_is_sent_again() -> None:
    once = ResendRequest([State.REJECTED, State.REJECTED]).apply(MESSAGE, NOW, KEEP_UNTIL)
    twice = ResendRequest([State.EXPIRED]).apply(once, NOW, KEEP_UNTIL)
    assert once.resend == Resend(1, (State.REJECTED,), NOW + timedelta(hours=1))
    assert twice.resend == Resend(2, (State.EXPIRED,), NOW + timedelta(hours=1))
