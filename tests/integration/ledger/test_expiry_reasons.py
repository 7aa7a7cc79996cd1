"""Expired slots have a reason: the result of their last attempt, or that there was none."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.accounting import APP, GROUP, assert_law
from tests.support.clock import SetClock
from tests.support.ledger import release

from pushgate.domain.message import Resend
from pushgate.domain.outcome import State
from pushgate.ledger.values import Block, Failure, MessageShard, Move, MoveKind, Planned
from pushgate.stores import Stores

LEASE = timedelta(seconds=15)
BLOCK = Block(GROUP, 0)
BUSY = Failure("apns", "ServiceUnavailable", "busy")
SLOW = Failure("apns", "TooManyRequests", "slower")
SILENT = Failure("apns", "no_answer", "sent, but no answer came")
PAUSED = Failure("apns", "vendor_paused", "never sent")
GONE = Failure("apns", "Unregistered", "gone")
UNANSWERED = Failure("apns", "unanswered", "no answer")


def tried(bits: int, failure: Failure, kind: MoveKind = MoveKind.TRIED) -> Move:
    return Move(BLOCK, bits, State.EXPIRED, failure, kind=kind)


@pytest.fixture
def shard(clock: SetClock) -> MessageShard:
    return MessageShard(APP, 0, "m1", clock.now() + timedelta(days=31))


class OneShard:
    """One message in one shard, and its failures as they are counted."""

    def __init__(self, redis: Redis, clock: SetClock, shard: MessageShard) -> None:
        self.redis, self.shard = redis, shard
        self.stores = Stores.open(redis, clock, timedelta(days=30))

    async def flush(self, *moves: Move) -> None:
        await self.stores.outcomes.record(self.shard, "w", LEASE, [BLOCK], moves)
        await assert_law(self.redis, self.stores.results, [self.shard])

    async def plan(self, bits: int) -> None:
        await self.stores.plans.write(self.shard, [Planned(BLOCK, bits)])
        await self.stores.leases.take(self.shard, "w", LEASE, [BLOCK])

    async def end(self, state: State = State.EXPIRED) -> None:
        await self.stores.pending.end(APP, "m1", self.shard.keep_until, state)
        await assert_law(self.redis, self.stores.results, [self.shard])

    async def failures(self) -> dict[tuple[str, str], int]:
        report = await self.stores.results.report(APP, "m1")
        return {(item.state, item.code): item.count for item in report.failures}


@pytest.fixture
def one_shard(redis: Redis, clock: SetClock, shard: MessageShard) -> OneShard:
    return OneShard(redis, clock, shard)


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        pytest.param([], {"ttl": 4}, id="never sent"),
        pytest.param([tried(0b11, BUSY)], {"ttl": 2, "ServiceUnavailable": 2}, id="refused"),
        pytest.param(
            [tried(0b1111, BUSY), tried(0b1, SLOW)],
            {"ServiceUnavailable": 3, "TooManyRequests": 1},
            id="last",
        ),
        pytest.param(
            [tried(0b1, SILENT, MoveKind.UNCONFIRMED)], {"ttl": 3, "no_answer": 1}, id="sent, never answered"
        ),
        pytest.param(
            [tried(0b1, SILENT, MoveKind.UNCONFIRMED), tried(0b1, BUSY)],
            {"ttl": 3, "ServiceUnavailable": 1},
            id="then refused",
        ),
        pytest.param(
            [tried(0b11, BUSY), Move(BLOCK, 0b1, State.ACCEPTED)],
            {"ttl": 2, "ServiceUnavailable": 1},
            id="then taken",
        ),
    ],
)
@pytest.mark.parametrize("late", [False, True])
async def test_the_last_attempt_is_the_reason_of_expired_slots(
    one_shard: OneShard, moves: list[Move], expected: dict[str, int], late: bool
) -> None:
    """The answer may come, or stay away, only after the time to live was over."""
    await one_shard.plan(0b1111)
    if late:
        await one_shard.end()
    for move in moves:
        await one_shard.flush(move)
        await one_shard.flush(move)  # as after a connection was cut off
    if not late:
        await one_shard.end()
    assert await one_shard.failures() == {("expired", code): count for code, count in expected.items()}


async def test_why_slots_were_postponed_is_the_reason_where_there_was_no_attempt(one_shard: OneShard) -> None:
    await one_shard.plan(0b1111)
    await one_shard.flush(tried(0b0001, SILENT, MoveKind.UNCONFIRMED))
    await one_shard.flush(tried(0b0111, PAUSED, MoveKind.POSTPONED))
    await one_shard.flush(tried(0b0010, BUSY))
    await one_shard.end()
    codes = ["no_answer", "ServiceUnavailable", "vendor_paused", "ttl"]
    assert await one_shard.failures() == {("expired", code): 1 for code in codes}


async def test_a_refusal_after_the_end_is_the_reason(one_shard: OneShard) -> None:
    await one_shard.plan(0b111)
    await one_shard.end()
    for _ in range(2):
        await one_shard.flush(Move(BLOCK, 0b1, State.INVALID, GONE), Move(BLOCK, 0b10, State.ACCEPTED))
    assert await one_shard.failures() == {("expired", "ttl"): 1, ("expired", "Unregistered"): 1}
    report = await one_shard.stores.results.report(APP, "m1")
    assert (report.states["expired"], report.states["accepted"]) == (2, 1)


async def test_slots_sent_at_most_once_and_refused_expire_for_that_reason(one_shard: OneShard) -> None:
    await one_shard.plan(0b11)
    await one_shard.flush(Move(BLOCK, 0b11, State.REJECTED, UNANSWERED, kind=MoveKind.RESERVE))
    timeout = Failure("apns", "unanswered", "no answer (timeout)")
    for _ in range(2):
        await one_shard.flush(
            tried(0b1, BUSY),
            release(0b1),
            Move(BLOCK, 0b10, State.REJECTED, timeout, origin=State.REJECTED),
        )
    await one_shard.end()
    assert await one_shard.failures() == {("expired", "ServiceUnavailable"): 1, ("rejected", "unanswered"): 1}
    report = await one_shard.stores.results.report(APP, "m1")
    assert {item.reason for item in report.failures} == {"busy", "no answer (timeout)"}


async def test_slots_refused_while_their_message_ended_expire_for_that_reason(one_shard: OneShard) -> None:
    await one_shard.plan(0b1)
    await one_shard.flush(Move(BLOCK, 0b1, State.REJECTED, UNANSWERED, kind=MoveKind.RESERVE))
    await one_shard.end()
    await one_shard.flush(tried(0b1, BUSY), release(0b1))
    assert await one_shard.failures() == {("expired", "ServiceUnavailable"): 1}


async def test_slots_that_are_sent_again_begin_anew(one_shard: OneShard, clock: SetClock) -> None:
    await one_shard.plan(0b11)
    await one_shard.flush(tried(0b11, BUSY))
    await one_shard.end()
    resend = Resend(1, (State.EXPIRED,), clock.now() + timedelta(hours=1))
    await one_shard.stores.plans.resume(one_shard.shard, resend, ["apns"])
    assert await one_shard.stores.pending.blocks(one_shard.shard) == [BLOCK]
    assert await one_shard.failures() == {}
    await one_shard.flush(tried(0b1, SLOW))
    await one_shard.end()
    assert await one_shard.failures() == {("expired", "TooManyRequests"): 1, ("expired", "ttl"): 1}


async def test_attempts_are_forgotten_with_the_last_pending_slot_of_a_block(
    one_shard: OneShard, redis: Redis
) -> None:
    await one_shard.plan(0b1)
    await one_shard.flush(tried(0b1, BUSY))
    await one_shard.flush(Move(BLOCK, 0b1, State.ACCEPTED))
    assert await redis.pttl(f"{one_shard.shard.key}:tried") > 0
    await one_shard.stores.leases.release(one_shard.shard, "w", [BLOCK])
    assert not await redis.exists(f"{one_shard.shard.key}:tried")
