"""What follows from an attempt that failed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.webhooks.answer import Answer, AttemptFailure
from pushgate.webhooks.delivery import Delivery
from pushgate.webhooks.retry import FIRST_DELAY, MAX_DELAY, GiveUp, NextAttempt, decide
from pushgate.webhooks.webhook import PauseReason

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)
THREE_DAYS = timedelta(days=3)
NONE = timedelta(0)


def _delivery(attempts: int = 0, failing_for: timedelta | None = None) -> Delivery:
    return Delivery(
        id="wd_1",
        shard="0",
        after="1-1.0.0",
        to="1-2.0.0",
        types=("*",),
        expand=False,
        events=1,
        digest="x",
        created_at=NOW,
        attempts=attempts,
        next_attempt_at=NOW,
        first_failed_at=None if failing_for is None else NOW - failing_for,
    )


def _longest(low: float, high: float) -> float:
    assert low == 0
    return high


def _delay(delivery: Delivery, answer: Answer) -> timedelta:
    decision = decide(delivery, answer, NOW, THREE_DAYS, _longest)
    assert isinstance(decision, NextAttempt)
    return decision.at - NOW


@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 408, 422, 500, 502, 599])
def test_any_status_that_is_no_success_is_tried_again(status: int) -> None:
    assert _delay(_delivery(), Answer(duration=NONE, status=status)) == FIRST_DELAY


@pytest.mark.parametrize("failure", AttemptFailure)
def test_any_failure_is_tried_again(failure: AttemptFailure) -> None:
    assert _delay(_delivery(), Answer(duration=NONE, failure=failure)) == FIRST_DELAY


def test_the_pause_doubles_up_to_an_hour() -> None:
    answer = Answer(duration=NONE, status=500)
    delays = [_delay(_delivery(attempts), answer) for attempts in range(14)]
    assert delays[:4] == [timedelta(seconds=2 * 2**n) for n in range(4)]
    assert delays[-1] == _delay(_delivery(10**6), answer) == MAX_DELAY == timedelta(hours=1)


@given(attempts=st.integers(0, 10**9), draw=st.floats(0, 1), wait=st.none() | st.timedeltas(timedelta(0)))
def test_the_pause_is_bounded_whatever_the_receiver_asks(
    attempts: int, draw: float, wait: timedelta | None
) -> None:
    answer = Answer(duration=NONE, status=429, retry_after=wait)
    decision = decide(
        _delivery(attempts), answer, NOW, THREE_DAYS, lambda low, high: low + draw * (high - low)
    )
    assert isinstance(decision, NextAttempt)
    assert NOW <= decision.at <= NOW + MAX_DELAY


@pytest.mark.parametrize(
    ("status", "asked", "delay"),
    [(429, 60, 60), (503, 60, 60), (429, 1, 2), (503, 10**6, 3600), (500, 60, 2), (400, 60, 2)],
)
def test_a_receiver_asks_for_a_pause_by_429_and_503(status: int, asked: int, delay: int) -> None:
    answer = Answer(duration=NONE, status=status, retry_after=timedelta(seconds=asked))
    assert _delay(_delivery(), answer) == timedelta(seconds=delay)


def test_410_pauses_at_once() -> None:
    decision = decide(_delivery(), Answer(duration=NONE, status=410), NOW, THREE_DAYS, _longest)
    assert decision == GiveUp(PauseReason.GONE)


def test_three_days_of_failures_pause() -> None:
    answer = Answer(duration=NONE, status=500)
    just_before = _delivery(50, THREE_DAYS - timedelta(seconds=1))
    assert isinstance(decide(just_before, answer, NOW, THREE_DAYS, _longest), NextAttempt)
    assert decide(_delivery(50, THREE_DAYS), answer, NOW, THREE_DAYS, _longest) == GiveUp(
        PauseReason.UNDELIVERABLE
    )


def test_failures_from_before_a_pause_do_not_count_after_it() -> None:
    failing = _delivery(50, THREE_DAYS)
    renewed = failing.renewed(NOW)
    assert (renewed.attempts, renewed.first_failed_at, renewed.next_attempt_at) == (0, None, NOW)
    again = renewed.failed(NOW, NOW + FIRST_DELAY)
    assert again.renewed(NOW) == again
    assert failing.renewed(None) == failing
    assert (renewed.id, renewed.after, renewed.to) == (failing.id, failing.after, failing.to)
