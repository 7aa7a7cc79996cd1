"""How often a push of a small message was sent: only what its slot says for sure."""

import pytest

from pushgate.bundles.account_values import MessageSlot
from pushgate.bundles.values import RESERVED, STATE_NUMBERS
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Failure
from pushgate.tracking.small_push import explain_slot, known_attempts


def slot(state: int, attempts: int = 0) -> MessageSlot:
    return MessageSlot(
        bundle=1,
        slot=0,
        group=Group("apns", "en"),
        terminal_shard=0,
        terminal_slot=0,
        flags=state,
        since_s=1_000,
        expires_s=2_000,
        attempts=attempts,
        label="",
        receipt_times={},
    )


@pytest.mark.parametrize(
    ("state", "counted", "code", "expected"),
    [
        (State.PENDING, 0, None, 0),
        (State.PENDING, 3, "TooManyRequests", 3),
        (State.ACCEPTED, 0, None, 1),
        (State.ACCEPTED, 2, None, 2),
        (State.INVALID, 0, "Unregistered", 1),
        (State.EXPIRED, 0, "ttl", 0),
        (State.EXPIRED, 4, "no_answer", 4),
        (State.CANCELLED, 2, None, 2),
        (State.CANCELLED, 0, "forgotten", None),
        (State.REJECTED, 0, "TopicDisallowed", 1),
        (State.REJECTED, 3, "TopicDisallowed", 3),
        (State.REJECTED, 0, "unreadable_code", 1),
        (State.REJECTED, 0, "payload_too_large", 0),
        (State.REJECTED, 2, "payload_too_large", None),
        (State.REJECTED, 0, "unanswered", None),
        (State.REJECTED, 0, "other", None),
        (State.EXPIRED, 255, "no_answer", None),
    ],
)
def test_attempts_are_told_where_they_are_known(
    state: State, counted: int, code: str | None, expected: int | None
) -> None:
    failure = Failure("apns", code, "r") if code else None
    assert known_attempts(slot(STATE_NUMBERS[state], counted), failure) == expected


def test_a_push_that_is_being_sent_at_most_once_has_no_known_attempts() -> None:
    push = explain_slot(slot(RESERVED), dry_run=False)
    assert (push.state, push.attempts) == (State.REJECTED, None)


@pytest.mark.parametrize("dry_run", [True, None])
def test_a_dry_run_may_ask_no_vendor(dry_run: bool | None) -> None:
    assert explain_slot(slot(STATE_NUMBERS[State.ACCEPTED]), dry_run=dry_run).attempts is None
