"""When a canary ends, and what counts for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pushgate.domain.audience import AudienceSummary
from pushgate.domain.canary import Canary, CanaryState, Limits, Measure, Phase
from pushgate.domain.message import Delivery, Envelope, Priority
from pushgate.experiments.canary_guard import Answers
from pushgate.ledger.report import report
from pushgate.scheduler.canaries import answers_of
from pushgate.scheduler.canary_jobs import canary_until, paced

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CANARY = Canary(share=1, wait=10 * MINUTE)
MESSAGE = Envelope(
    id="m",
    app="shop",
    push_at=NOW,
    audience=AudienceSummary(),
    ttl=60 * MINUTE,
    priority=Priority.NORMAL,
    delivery=Delivery.AT_LEAST_ONCE,
    dry_run=False,
    canary=CANARY,
)
SLOWER = replace(CANARY, slower_if=Limits(rejected=5))


@pytest.mark.parametrize(
    ("spread", "canary", "minutes_gone", "until"),
    [
        (0, CANARY, 0, 10),
        (40, CANARY, 0, 10),
        (20, SLOWER, 0, 10),
        (0, CANARY, 45, 55),
        (0, CANARY, 55, 59),
        (0, CANARY, 59, 59.5),
        (20, CANARY, 35, 40),
        (20, SLOWER, 15, 20),
        (20, SLOWER, 30, 30),
    ],
)
def test_the_rest_has_time_before_the_message_expires(
    spread: int, canary: Canary, minutes_gone: int, until: float
) -> None:
    message = replace(MESSAGE, spread=spread * MINUTE or None, canary=canary)
    assert canary_until(message, NOW + minutes_gone * MINUTE) == NOW + until * MINUTE


def test_only_a_canary_that_was_slowed_doubles_the_time() -> None:
    message = replace(MESSAGE, spread=20 * MINUTE)
    for phase in Phase:
        expected = 40 if phase is Phase.SLOWED else 20
        assert paced(message, CanaryState(phase)).spread == expected * MINUTE
    assert paced(message, None) == message


def test_pushes_on_their_way_count_for_nothing_and_languages_of_a_vendor_together() -> None:
    counts = [
        ("apns/en|targeted", 1000),
        ("apns/en|accepted", 50),
        ("apns/en|rejected", 30),
        ("apns/en|invalid", 5),
        ("apns/en|pending", 900),
        ("apns/zh|accepted", 7),
        ("apns/zh|clicked", 3),
        ("apns/zh|muted", 2),
        ("fcm/en|accepted", 9),
        ("fcm/en|gone", 1),
    ]
    failures = [("apns|rejected|unanswered|no answer", 20), ("apns|rejected|BadTopic|x", 10)]
    apns, fcm = answers_of(report(counts, failures, []))
    clicks = {
        Measure.REJECTED: 10,
        Measure.INVALID: 5,
        Measure.GONE: 0,
        Measure.MUTED: 2,
        Measure.CLICKS: 3,
    }
    assert apns == Answers("apns", 72, 57, clicks)
    assert fcm == Answers("fcm", 9, 9, dict.fromkeys(Measure, 0) | {Measure.GONE: 1})
