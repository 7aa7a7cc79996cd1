"""Pending slots are ended, and found where nobody is going to send them."""

from datetime import timedelta

from redis.asyncio import Redis
from tests.support.accounting import APP, assert_law
from tests.support.clock import SetClock
from tests.support.ledger import BLOCKS, LEASE, message_shard

from pushgate.domain.outcome import State
from pushgate.ledger.values import Move, Planned
from pushgate.stores import Stores


async def test_cancelling_ends_pending_slots_and_no_others(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1111)])
    await stores.outcomes.record(shard, "w", LEASE, [], [Move(BLOCKS[0], 0b1, State.ACCEPTED)])
    assert await stores.pending.end(APP, "m1", shard.keep_until, State.CANCELLED) == 3
    assert await stores.pending.end(APP, "m1", shard.keep_until, State.CANCELLED) == 0
    assert (await stores.leases.take(shard, "w", LEASE, [BLOCKS[0]])).ended is State.CANCELLED
    assert (await stores.results.report(APP, "m1")).states["cancelled"] == 3
    await assert_law(redis, stores.results, [shard])


async def test_blocks_that_nobody_is_going_to_send_are_found(stores: Stores, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(block, 0b1) for block in BLOCKS])
    planned_at = clock.now()
    await stores.leases.take(shard, "busy", LEASE, [BLOCKS[0]])
    await stores.leases.take(shard, "retrying", LEASE, [BLOCKS[1]])
    await stores.leases.release(shard, "retrying", [BLOCKS[1]], planned_at + timedelta(seconds=100))
    assert await stores.pending.find_stuck(shard, planned_at, planned_at, 10) == (3, [])
    clock.advance(60)
    after = clock.now()
    assert await stores.pending.find_stuck(shard, after, after, 10) == (3, [BLOCKS[2]]), (
        "only it has neither lease nor retry"
    )
    assert await stores.pending.find_stuck(shard, after, after, 10) == (3, []), "it counts as submitted now"
    assert await stores.pending.find_stuck(
        shard, after + timedelta(1), after + timedelta(seconds=101), 10
    ) == (
        3,
        [BLOCKS[1], BLOCKS[2]],
    )
