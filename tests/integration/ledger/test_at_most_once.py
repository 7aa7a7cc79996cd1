"""Slots that are sent at most once count as unanswered until their answer is recorded."""

from redis.asyncio import Redis
from tests.support.accounting import APP, assert_law
from tests.support.clock import SetClock
from tests.support.ledger import BLOCKS, LEASE, message_shard, release, reserve, settle

from pushgate.domain.outcome import State
from pushgate.ledger.values import Move, Planned
from pushgate.stores import Stores


async def test_at_most_once_counts_a_send_as_unanswered_until_it_is_answered(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b111)])
    await stores.leases.take(shard, "w", LEASE, [BLOCKS[0]])
    await stores.outcomes.record(shard, "w", LEASE, [], [reserve(0b111)])
    assert (await stores.results.report(APP, "m1")).failures[0].count == 3
    assert await stores.results.open_count(APP, "m1") == 3
    await stores.outcomes.record(shard, "w", LEASE, [], [settle(0b001, State.ACCEPTED), release(0b010)])
    report = await stores.results.report(APP, "m1")
    assert {state: count for state, count in report.states.items() if count} == {
        "pending": 1,
        "accepted": 1,
        "rejected": 1,
    }
    assert [(item.code, item.count) for item in report.failures] == [("unanswered", 1)]
    assert await stores.results.open_count(APP, "m1") == 2, "one is pending, one is being sent"
    await stores.outcomes.record(
        shard, "w", LEASE, [], [Move(BLOCKS[0], 0b100, State.REJECTED, origin=State.REJECTED)]
    )
    assert await stores.results.open_count(APP, "m1") == 1, "no answer will come for it"
    await assert_law(redis, stores.results, [shard])


async def test_slots_are_reserved_and_released_only_under_the_lease(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    """A worker that was stopped for longer than its lease must not touch what another one is
    sending by now.
    """
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1111)])
    await stores.leases.take(shard, "slow", LEASE, [BLOCKS[0]])
    await redis.delete(f"{shard.key}:lease:{BLOCKS[0].number}")  # as if it had run out
    await stores.leases.take(shard, "next", LEASE, [BLOCKS[0]])
    assert list(
        (await stores.outcomes.record(shard, "next", LEASE, [BLOCKS[0]], [reserve(0b1111)])).moved
    ) == [0b1111]
    late = await stores.outcomes.record(shard, "slow", LEASE, [BLOCKS[0]], [reserve(0b1111), release(0b1111)])
    assert (list(late.moved), late.lost) == ([0, 0], 1)
    await stores.outcomes.record(shard, "next", LEASE, [BLOCKS[0]], [settle(0b1111, State.ACCEPTED)])
    assert (await stores.results.report(APP, "m1")).states["accepted"] == 4
    await assert_law(redis, stores.results, [shard])


async def test_slots_released_after_cancelling_are_cancelled(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b11)])
    await stores.leases.take(shard, "w", LEASE, [BLOCKS[0]])
    await stores.outcomes.record(shard, "w", LEASE, [BLOCKS[0]], [reserve(0b11)])
    await stores.pending.end(APP, "m1", shard.keep_until, State.CANCELLED)
    await stores.outcomes.record(shard, "w", LEASE, [BLOCKS[0]], [release(0b11)])
    assert {s: n for s, n in (await stores.results.report(APP, "m1")).states.items() if n} == {"cancelled": 2}
    assert await stores.results.open_count(APP, "m1") == 0
    await assert_law(redis, stores.results, [shard])


async def test_slots_that_a_dead_worker_reserved_stay_unanswered(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b11)])
    await stores.leases.take(shard, "dead", LEASE, [BLOCKS[0]])
    await stores.outcomes.record(shard, "dead", LEASE, [BLOCKS[0]], [reserve(0b11)])
    clock.advance(100)
    assert await stores.pending.find_stuck(shard, clock.now(), clock.now(), 10) == (2, []), (
        "its worker may still be at work"
    )
    await redis.delete(f"{shard.key}:lease:{BLOCKS[0].number}")
    assert await stores.pending.find_stuck(shard, clock.now(), clock.now(), 10) == (0, [])
    assert await stores.results.open_count(APP, "m1") == 0
    assert (await stores.results.report(APP, "m1")).failures[0].code == "unanswered"
