"""Text forms of the ledger's values, and what a shard's marker says."""

from datetime import UTC, datetime

import pytest

from pushgate.domain.app import App
from pushgate.domain.outcome import FailureCode, State
from pushgate.ledger.values import (
    Failure,
    MessageShard,
    ended_state,
    failure_label,
    is_planned,
    not_configured,
)


def test_a_label_is_bounded_and_has_four_parts() -> None:
    label = Failure("apns", "a|b" + "x" * 100, "y" * 300).label(State.REJECTED)
    vendor, state, code, reason = label.split("|")
    assert (vendor, state, code[:3], len(code), len(reason)) == ("apns", "rejected", "a/b", 64, 200)


def test_no_failure_has_an_empty_label() -> None:
    assert failure_label(None, State.EXPIRED) == ""


def test_slots_without_settings_expire_for_that_reason() -> None:
    failure = not_configured("oppo")
    assert (failure.vendor, failure.code) == ("oppo", FailureCode.VENDOR_NOT_CONFIGURED)
    assert failure.reason.startswith("never sent: ")


def test_the_keys_of_a_message_have_the_tag_of_their_shard() -> None:
    shard = MessageShard(App("shop", 4), 3, "m1", datetime(2030, 1, 1, tzinfo=UTC))
    assert shard.key == "{shop:3}:m:m1"


@pytest.mark.parametrize(
    ("marker", "planned", "ended"),
    [
        (None, False, None),
        (b"planning p 0", False, None),
        (b"planned", True, None),
        (b"resuming 1", False, None),
        (b"planned 1", True, None),
        (b"cancelled", True, State.CANCELLED),
        (b"expired", True, State.EXPIRED),
    ],
)
def test_a_marker_says_whether_the_shard_is_planned_or_ended(
    marker: bytes | None, planned: bool, ended: State | None
) -> None:
    assert is_planned(marker) is planned
    assert ended_state(marker or b"") is ended
