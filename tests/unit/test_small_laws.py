"""The laws that the plays of faults hold small messages to."""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import islice

import pytest
from tests.support.faults.result_checks import STATES
from tests.support.faults.small_laws import broken_laws
from tests.support.faults.small_load import Acknowledged
from tests.support.faults.small_requests import SmallPush, small_requests
from tests.support.faults.terminals import CROWD_SIZE

_NOT_TARGETED = "every terminal is targeted, unless the planning was cancelled between two steps"
_NOT_RECORDED = "a push that the vendor accepted is accepted"
_CANCELLED_BY_NOBODY = "only what somebody cancels is cancelled"


def broken(
    steps: Sequence[int], status: str, pushes: int = 0, *, cancel_tried: bool = False, **states: int
) -> list[str]:
    """The laws that a message breaks whose terminals accepted so many pushes, each once."""
    push = SmallPush(marker="m", body={}, steps=steps, at_most_once=False)
    message = Acknowledged(message_id="id", push=push, answer=b"", cancel_tried=cancel_tried)
    accepted = Counter({f"token-{number}": 1 for number in range(pushes)})
    return broken_laws(message, status, dict.fromkeys(STATES, 0) | states, accepted)


@pytest.mark.parametrize("cancelled", [0, 34, 36, 70])
def test_a_large_message_that_is_cancelled_targets_the_terminals_of_whole_shards(cancelled: int) -> None:
    assert broken([34, 36], "cancelled", cancel_tried=True, cancelled=cancelled) == []


@pytest.mark.parametrize("cancelled", [1, 33, 35, 69, 71])
def test_no_part_of_a_shard_is_targeted(cancelled: int) -> None:
    assert broken([34, 36], "cancelled", cancel_tried=True, cancelled=cancelled) == [_NOT_TARGETED]


@pytest.mark.parametrize("accepted", [0, 34, 36])
def test_a_message_that_was_sent_targets_all_shards_though_somebody_tried_to_cancel_it(accepted: int) -> None:
    assert broken([34, 36], "sent", accepted, cancel_tried=True, accepted=accepted) == [_NOT_TARGETED]


@pytest.mark.parametrize(("cancelled", "laws"), [(0, []), (1, [_NOT_TARGETED]), (3, [])])
def test_a_small_message_is_planned_whole_or_not_at_all(cancelled: int, laws: list[str]) -> None:
    assert broken([3], "cancelled", cancel_tried=True, cancelled=cancelled) == laws


def test_what_was_cancelled_before_its_planning_is_not_sent() -> None:
    assert broken([3], "cancelled", 1, cancel_tried=True) == [_NOT_RECORDED]
    assert broken([34, 36], "cancelled", 35, cancel_tried=True, cancelled=34) == [_NOT_RECORDED]


def test_nothing_is_cancelled_by_itself() -> None:
    assert broken([34, 36], "cancelled", cancelled=34) == [_CANCELLED_BY_NOBODY]


def test_messages_with_more_terminals_than_a_small_one_may_have_are_planned_shard_by_shard() -> None:
    pushes = [push for one in islice(small_requests(random.Random(1), "n"), 200) for push in one.pushes]
    assert {push.terminals for push in pushes} == {0, 1, 2, 3, 4, CROWD_SIZE}
    assert {len(push.steps) for push in pushes if push.terminals == CROWD_SIZE} == {2}
    assert {len(push.steps) for push in pushes if push.terminals < CROWD_SIZE} == {1}
