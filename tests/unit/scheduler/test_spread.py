"""Jobs of a spread message are due evenly, whatever its size."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.clock import SetClock

from pushgate.dispatch.job import Share
from pushgate.domain.audience import AudienceKind, AudienceSummary
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.message import Delivery, Envelope, Priority
from pushgate.domain.message_id import new_id
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block
from pushgate.scheduler.spread import DueJob, is_in_shares, spread_jobs

NOW = SetClock().now()
SPREAD = timedelta(minutes=10)
NEVER = 10**15
MESSAGE = Envelope(
    id=new_id(NOW),
    app="shop",
    push_at=NOW,
    audience=AudienceSummary(AudienceKind.ALL, 0),
    ttl=timedelta(hours=1),
    priority=Priority.HIGH,
    delivery=Delivery.AT_LEAST_ONCE,
    dry_run=False,
    spread=SPREAD,
)


def blocks(count: int) -> list[Block]:
    return [Block(Group(("apns", "fcm")[number % 3 == 0], "en"), number) for number in range(count)]


def steps(jobs: list[DueJob]) -> list[tuple[float, int]]:
    """When steps are due, in s after now, and the blocks of each, whole or in shares."""
    found: list[tuple[float, int]] = []
    for one in jobs:
        share = one.job.next_share or Share(1, 0, to_ms(one.due_at))
        for number in range(share.left):
            at = from_ms(share.due_ms) + number * timedelta(milliseconds=share.step_ms)
            found.append(((at - NOW).total_seconds(), len(one.job.blocks)))
    return sorted(found)


@given(count=st.integers(1, 1200), shards=st.integers(1, 4))
def test_every_block_is_sent_once_and_all_steps_are_evenly_spread(count: int, shards: int) -> None:
    found = [
        step
        for shard in range(shards)
        for step in steps(spread_jobs(MESSAGE, shard, shards, blocks(count), count, NOW))
    ]
    for shard in range(shards):
        jobs = spread_jobs(MESSAGE, shard, shards, blocks(count), count, NOW)
        assert sorted(n for one in jobs for n in one.job.blocks) == list(range(count))
    assert len(found) >= 60
    assert all(0 <= at < SPREAD.total_seconds() for at, _ in found)
    for minute in range(10):
        share = sum(1 for at, _ in found if minute * 60 <= at < minute * 60 + 60) / len(found)
        assert share == pytest.approx(0.1, abs=shards * 2 / len(found))


def test_the_order_is_shuffled_and_differs_between_messages() -> None:
    def order(message: Envelope) -> list[int]:
        return [one.job.blocks[0] for one in spread_jobs(message, 0, 1, blocks(300), 300, NOW)]

    first = order(MESSAGE)
    assert first == order(MESSAGE)
    assert first != sorted(first)
    assert first != order(replace(MESSAGE, id=new_id(NOW)))


def test_the_rest_of_a_message_goes_on_at_its_pace() -> None:
    found = spread_jobs(MESSAGE, 0, 1, blocks(100), 400, NOW)
    assert timedelta(seconds=140) < found[-1].due_at - NOW < SPREAD / 4
    assert not is_in_shares(400, 1)
    few = steps(spread_jobs(MESSAGE, 0, 1, blocks(1), 4, NOW))
    assert len(few) == 15
    assert few[-1][0] == pytest.approx(140)


def test_all_of_it_is_due_before_the_message_expires() -> None:
    late = MESSAGE.expires_at - timedelta(seconds=30)
    found = spread_jobs(MESSAGE, 0, 1, blocks(100), 100, late)
    assert all(late <= one.due_at < MESSAGE.expires_at for one in found)
    assert {one.due_at for one in spread_jobs(MESSAGE, 0, 1, blocks(5), 5, MESSAGE.expires_at)} == {
        MESSAGE.expires_at
    }


def test_nothing_pending_makes_no_jobs() -> None:
    assert spread_jobs(MESSAGE, 0, 1, [], 5, NOW) == []


@given(pending=st.integers(0, 1024), parts=st.integers(1, 60), draws=st.data())
def test_shares_send_everything(pending: int, parts: int, draws: st.DataObject) -> None:
    share, left = Share(parts, 1000, 0), pending
    while share.left:
        size = share.size(left, draws.draw(st.floats(0, 1, exclude_max=True)))
        assert 0 <= size <= left
        left, share = left - size, share.following(0, NEVER)
    assert left == 0


@pytest.mark.parametrize("pending", [20, 600, 1024])
def test_shares_send_about_the_same_number_each(pending: int) -> None:
    lots, share, left, sent = random.Random(1), Share(60, 1000, 0), pending, list[int]()
    while share.left:
        sent.append(share.size(left, lots.random()))
        left, share = left - sent[-1], share.following(0, NEVER)
    for start in range(0, 60, 15):
        assert sum(sent[start : start + 15]) == pytest.approx(pending / 4, abs=4)


def test_a_share_that_was_late_is_not_caught_up_at_once() -> None:
    share = Share(5, 1000, 10_000)
    assert share.following(10_100, NEVER) == Share(4, 1000, 11_000)
    assert share.following(50_000, NEVER) == Share(4, 1000, 50_500)


@pytest.mark.parametrize(
    ("until_ms", "following"),
    [
        (60_000, Share(9, 1000, 50_500)),
        (53_000, Share(3, 1000, 50_500)),
        (52_500, Share(2, 1000, 50_500)),
        (50_500, Share(1, 1000, 50_000)),
    ],
)
def test_shares_that_come_too_late_are_sent_before_the_message_expires(
    until_ms: int, following: Share
) -> None:
    assert Share(10, 1000, 10_000).following(50_000, until_ms) == following
