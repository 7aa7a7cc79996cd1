"""Decides after a failed attempt: the next attempt, or a pause of the webhook. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.webhooks.answer import Answer
from pushgate.webhooks.delivery import Delivery
from pushgate.webhooks.webhook import PauseReason

FIRST_DELAY = timedelta(seconds=2)
MAX_DELAY = timedelta(hours=1)
"""The longest pause between two attempts, also where the receiver asks for a longer one."""
_GONE = 410
_ASKS_TO_WAIT = (429, 503)
_MAX_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """A delivery that failed is attempted again at an instant."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """A delivery that failed pauses its webhook."""

    reason: PauseReason


def decide(
    delivery: Delivery,
    answer: Answer,
    now: datetime,
    give_up_after: timedelta,
    uniform: Callable[[float, float], float],
) -> NextAttempt | GiveUp:
    """Decide what follows a failed attempt.

    The upper bound of the pause doubles with each attempt; the pause is a random time up to it
    ("full jitter"), so that attempts spread. A receiver that asks for a pause by 429 or 503 gets
    one at least as long.
    """
    if answer.status == _GONE:
        return GiveUp(PauseReason.GONE)
    if now - (delivery.first_failed_at or now) >= give_up_after:
        return GiveUp(PauseReason.UNDELIVERABLE)
    longest = min(MAX_DELAY, FIRST_DELAY * 2 ** min(delivery.attempts, _MAX_DOUBLINGS))
    delay = timedelta(seconds=uniform(0, longest.total_seconds()))
    if answer.status in _ASKS_TO_WAIT and answer.retry_after:
        delay = max(delay, min(answer.retry_after, MAX_DELAY))
    return NextAttempt(now + delay)
