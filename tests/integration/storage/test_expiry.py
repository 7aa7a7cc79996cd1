"""What expires tells why: the last that the vendor said of it, that no answer came, or that it was
never sent.
"""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.accounting import APP, GROUP, assert_law
from tests.support.clock import SetClock

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
def where(clock: SetClock) -> MessageShard:
    return MessageShard(APP, 0, "m1", clock.now() + timedelta(days=31))


class Store:
    """One message in one shard, and its failures as they are counted."""

    def __init__(self, redis: Redis, clock: SetClock, where: MessageShard) -> None:
        self.redis, self.where = redis, where
        self.stores = Stores.open(redis, clock, timedelta(days=30))

    async def flush(self, *moves: Move) -> None:
        await self.stores.outcomes.record(self.where, "w", LEASE, [BLOCK], moves)
        await assert_law(self.redis, self.stores.results, [self.where])

    async def plan(self, bits: int) -> None:
        await self.stores.plans.write(self.where, [Planned(BLOCK, bits)])
        await self.stores.leases.take(self.where, "w", LEASE, [BLOCK])

    async def end(self, state: State = State.EXPIRED) -> None:
        await self.stores.pending.end(APP, "m1", self.where.keep_until, state)
        await assert_law(self.redis, self.stores.results, [self.where])

    async def failures(self) -> dict[tuple[str, str], int]:
        report = await self.stores.results.report(APP, "m1")
        return {(item.state, item.code): item.count for item in report.failures}


@pytest.fixture
def store(redis: Redis, clock: SetClock, where: MessageShard) -> Store:
    return Store(redis, clock, where)


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
async def test_the_last_attempt_is_why_it_expired(
    store: Store, moves: list[Move], expected: dict[str, int], late: bool
) -> None:
    """The answer may come, or stay away, only after the time to live was over."""
    await store.plan(0b1111)
    if late:
        await store.end()
    for move in moves:
        await store.flush(move)
        await store.flush(move)  # as after a connection was cut off
    if not late:
        await store.end()
    assert await store.failures() == {("expired", code): count for code, count in expected.items()}


async def test_what_was_held_back_tells_why_where_there_was_no_attempt(store: Store) -> None:
    await store.plan(0b1111)
    await store.flush(tried(0b0001, SILENT, MoveKind.UNCONFIRMED))
    await store.flush(tried(0b0111, PAUSED, MoveKind.POSTPONED))
    await store.flush(tried(0b0010, BUSY))
    await store.end()
    codes = ["no_answer", "ServiceUnavailable", "vendor_paused", "ttl"]
    assert await store.failures() == {("expired", code): 1 for code in codes}


async def test_an_answer_that_comes_too_late_to_be_the_state_is_the_reason(store: Store) -> None:
    await store.plan(0b111)
    await store.end()
    for _ in range(2):
        await store.flush(Move(BLOCK, 0b1, State.INVALID, GONE), Move(BLOCK, 0b10, State.ACCEPTED))
    assert await store.failures() == {("expired", "ttl"): 1, ("expired", "Unregistered"): 1}
    report = await store.stores.results.report(APP, "m1")
    assert (report.states["expired"], report.states["accepted"]) == (2, 1)


async def test_what_was_sent_at_most_once_and_refused_expires_for_that_reason(store: Store) -> None:
    await store.plan(0b11)
    await store.flush(Move(BLOCK, 0b11, State.REJECTED, UNANSWERED, kind=MoveKind.RESERVE))
    restore = Move(BLOCK, 0b1, State.PENDING, None, State.REJECTED, MoveKind.RELEASE)
    timeout = Failure("apns", "unanswered", "no answer (timeout)")
    for _ in range(2):
        await store.flush(
            tried(0b1, BUSY), restore, Move(BLOCK, 0b10, State.REJECTED, timeout, State.REJECTED)
        )
    await store.end()
    assert await store.failures() == {("expired", "ServiceUnavailable"): 1, ("rejected", "unanswered"): 1}
    report = await store.stores.results.report(APP, "m1")
    assert {item.reason for item in report.failures} == {"busy", "no answer (timeout)"}


async def test_a_refusal_that_comes_when_it_was_ended_expires_for_that_reason(store: Store) -> None:
    await store.plan(0b1)
    await store.flush(Move(BLOCK, 0b1, State.REJECTED, UNANSWERED, kind=MoveKind.RESERVE))
    await store.end()
    await store.flush(
        tried(0b1, BUSY), Move(BLOCK, 0b1, State.PENDING, None, State.REJECTED, MoveKind.RELEASE)
    )
    assert await store.failures() == {("expired", "ServiceUnavailable"): 1}


async def test_what_is_sent_again_begins_anew(store: Store, clock: SetClock) -> None:
    await store.plan(0b11)
    await store.flush(tried(0b11, BUSY))
    await store.end()
    resend = Resend(1, (State.EXPIRED,), clock.now() + timedelta(hours=1))
    await store.stores.plans.resume(store.where, resend, ["apns"])
    assert await store.stores.pending.blocks(store.where) == [BLOCK]
    assert await store.failures() == {}
    await store.flush(tried(0b1, SLOW))
    await store.end()
    assert await store.failures() == {("expired", "TooManyRequests"): 1, ("expired", "ttl"): 1}


async def test_attempts_are_forgotten_with_the_last_pending_slot_of_a_block(
    store: Store, redis: Redis
) -> None:
    await store.plan(0b1)
    await store.flush(tried(0b1, BUSY))
    await store.flush(Move(BLOCK, 0b1, State.ACCEPTED))
    assert await redis.pttl(f"{store.where.key}:tried") > 0
    await store.stores.leases.release(store.where, "w", [BLOCK])
    assert not await redis.exists(f"{store.where.key}:tried")
