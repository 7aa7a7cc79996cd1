"""One worker at a time holds a block, and a lost lease is noticed."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.ledger import BLOCKS, GONE, LEASE, message_shard

from pushgate.domain.outcome import State
from pushgate.ledger.plan_portions import Deferred
from pushgate.ledger.values import Move, MoveKind, Planned, Wait
from pushgate.stores import Stores


async def test_only_one_worker_holds_a_block(stores: Stores, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b101), Planned(BLOCKS[1], 0b1)])
    first = await stores.leases.take(shard, "first", LEASE, [BLOCKS[0]])
    assert first.pending == {BLOCKS[0]: 0b101}
    second = await stores.leases.take(shard, "second", LEASE, [BLOCKS[0], BLOCKS[1]])
    assert second.pending == {BLOCKS[1]: 0b1}
    assert timedelta(0) < second.held[BLOCKS[0]] <= LEASE
    await stores.leases.release(shard, "first", [BLOCKS[0]])
    assert (await stores.leases.take(shard, "second", LEASE, [BLOCKS[0]])).pending == {BLOCKS[0]: 0b101}


async def test_a_worker_that_lost_its_lease_learns_of_it(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1)])
    await stores.leases.take(shard, "slow", LEASE, [BLOCKS[0]])
    await redis.delete(f"{shard.key}:lease:{BLOCKS[0].number}")  # as if it had run out
    assert (await stores.leases.take(shard, "next", LEASE, [BLOCKS[0]])).pending
    assert (await stores.outcomes.record(shard, "slow", LEASE, [BLOCKS[0]], [])).lost == 1
    assert (await stores.outcomes.record(shard, "next", LEASE, [BLOCKS[0]], [])).lost == 0


async def test_a_block_without_pending_slots_is_not_taken(stores: Stores, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1)])
    await stores.outcomes.record(shard, "w", LEASE, [], [Move(BLOCKS[0], 0b1, State.ACCEPTED)])
    taken = await stores.leases.take(shard, "w", LEASE, [BLOCKS[0], BLOCKS[1]])
    assert (taken.pending, taken.held, taken.ended) == ({}, {}, None)


async def test_a_lease_that_ran_out_is_lost_even_if_nobody_holds_it_now(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1)])
    await stores.leases.take(shard, "slow", LEASE, [BLOCKS[0]])
    await redis.delete(f"{shard.key}:lease:{BLOCKS[0].number}")
    assert (await stores.outcomes.record(shard, "slow", LEASE, [BLOCKS[0]], [])).lost == 1
    assert not await redis.exists(f"{shard.key}:lease:{BLOCKS[0].number}")


async def test_a_surplus_job_does_not_cut_a_vendors_pause_short(stores: Stores, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1)])
    await stores.leases.take(shard, "w", LEASE, [BLOCKS[0]])
    await stores.leases.release(shard, "w", [BLOCKS[0]], clock.now() + timedelta(seconds=30))
    early = await stores.leases.take(shard, "copy", LEASE, [BLOCKS[0]])
    assert (early.pending, early.held) == ({}, {})
    clock.advance(30)
    assert (await stores.leases.take(shard, "retry", LEASE, [BLOCKS[0]])).pending == {BLOCKS[0]: 0b1}


@pytest.mark.parametrize("held", [True, False], ids=["quiet hours", "winner"])
async def test_what_was_tried_keeps_nothing_else_of_its_block_waiting(
    stores: Stores, redis: Redis, clock: SetClock, held: bool
) -> None:
    """Others of the block are held until quiet hours end, or wait for a winner."""
    shard, block, later = message_shard(clock), BLOCKS[0], clock.now() + timedelta(hours=9)
    rest = {block.number: 0b10}
    if held:
        await stores.plans.write(shard, [Planned(block, 0b1)], deferred=Deferred(rest, later))
    else:
        await stores.plans.write(shard, [Planned(block, 0b11)], rest=rest)
    assert (await stores.leases.take(shard, "w", LEASE, [block])).pending
    tried = Move(block, 0b1, State.EXPIRED, GONE, kind=MoveKind.TRIED)
    await stores.outcomes.record(shard, "w", LEASE, [block], [tried])
    await stores.leases.release(shard, "w", [block], later, Wait.ALONE)
    assert not (await stores.leases.take(shard, "copy", LEASE, [block])).pending
    soon = clock.now() + timedelta(minutes=5)
    assert (await stores.pending.find_stuck(shard, soon, soon, 10))[1] == []
    if held:
        await stores.deferred_slots.release(shard, [Planned(block, 0b10)], (), None)
    else:
        await redis.set(f"{shard.key}:winner", 0)
    assert (await stores.pending.find_stuck(shard, soon, soon, 10))[1] == [block]
    assert (await stores.leases.take(shard, "next", LEASE, [block])).pending == {block: 0b11}
    await stores.leases.release(shard, "next", [block], later, Wait.ALONE)
    assert (await stores.leases.take(shard, "again", LEASE, [block])).pending, "one was not tried yet"


async def test_the_same_holder_does_not_get_a_block_twice(stores: Stores, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1)])
    assert (await stores.leases.take(shard, "w", LEASE, [BLOCKS[0]])).pending
    assert not (await stores.leases.take(shard, "w", LEASE, [BLOCKS[0]])).pending


async def test_a_released_block_without_pending_slots_is_forgotten(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1)])
    await stores.leases.take(shard, "w", LEASE, [BLOCKS[0]])
    await stores.outcomes.record(shard, "w", LEASE, [BLOCKS[0]], [Move(BLOCKS[0], 0b1, State.ACCEPTED)])
    await stores.leases.release(shard, "w", [BLOCKS[0]], clock.now())
    assert await redis.hkeys(f"{shard.key}:waiting") == [b"*"]
    assert await redis.exists(f"{shard.key}:lease:{BLOCKS[0].number}") == 0
