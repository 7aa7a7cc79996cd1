"""A message that is sent again expires by its own time to live, or by the one that is asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from pushgate.domain.audience import AudienceKind, AudienceSummary
from pushgate.domain.errors import Conflict
from pushgate.domain.message import NOW_OR_NEVER, Content, Message, Options, Resend
from pushgate.domain.outcome import State
from pushgate.ledger.report import Report, report
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


def failed(*failures: tuple[str, int]) -> Report:
    """A report of so many terminals that failed in each state for a code."""
    return report([], [(f"fcm|{failure}|reason", count) for failure, count in failures], [])


REPORT = failed(
    ("rejected|REFUSED", 3), ("rejected|OTHER", 1), ("expired|ttl", 2), ("rejected|unanswered", 7)
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
    again = ResendRequest([State.REJECTED], ttl).apply(MESSAGE, REPORT, NOW, KEEP_UNTIL)
    assert again.expires_at == NOW + lifetime


def test_it_counts_how_often_a_message_is_sent_again() -> None:
    once = ResendRequest([State.REJECTED, State.REJECTED]).apply(MESSAGE, REPORT, NOW, KEEP_UNTIL)
    twice = ResendRequest([State.EXPIRED]).apply(once, REPORT, NOW, KEEP_UNTIL)
    assert once.resend == Resend(1, (State.REJECTED,), NOW + timedelta(hours=1), 4)
    assert twice.resend == Resend(2, (State.EXPIRED,), NOW + timedelta(hours=1), 2)


def test_where_nobody_failed_so_nothing_is_sent_again() -> None:
    """Who may have the message, because it was sent at most once, is not sent to again."""
    for states, failures in (
        ([State.INVALID], REPORT),
        ([State.REJECTED], failed(("rejected|unanswered", 7))),
    ):
        with pytest.raises(Conflict, match="no terminal"):
            ResendRequest(states).apply(MESSAGE, failures, NOW, KEEP_UNTIL)
