"""A shard is planned once, and its keys expire with the message."""

import pytest
from redis.asyncio import Redis
from tests.support.accounting import APP, GROUP, assert_law
from tests.support.clock import SetClock
from tests.support.ledger import BLOCKS, GONE, LEASE, message_shard

from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.ledger.values import Failure, Move, Planned
from pushgate.stores import Stores


async def test_a_plan_is_written_once(stores: Stores, redis: Redis, clock: SetClock) -> None:
    shard = message_shard(clock)
    assert await stores.plans.write(shard, [Planned(BLOCKS[0], 0b111)])
    await stores.outcomes.record(shard, "w", LEASE, [], [Move(BLOCKS[0], 0b1, State.ACCEPTED)])
    assert not await stores.plans.write(shard, [Planned(BLOCKS[0], 0b111)])
    report = await stores.results.report(APP, "m1")
    assert (report.targeted, report.states["pending"], report.states["accepted"]) == (3, 2, 1)
    await assert_law(redis, stores.results, [shard])


async def test_slots_of_a_vendor_without_settings_start_as_rejected(stores: Stores, clock: SetClock) -> None:
    refused = Failure("fcm", "vendor_not_configured", "no settings")
    await stores.plans.write(
        message_shard(clock), [Planned(BLOCKS[0], 0b11), Planned(BLOCKS[2], 0b1, State.REJECTED, refused)]
    )
    report = await stores.results.report(APP, "m1")
    assert (report.states["pending"], report.states["rejected"]) == (2, 1)
    assert [(item.vendor, item.code, item.count) for item in report.failures] == [
        ("fcm", "vendor_not_configured", 1)
    ]


async def test_a_shard_cancelled_before_it_was_planned_stays_empty(stores: Stores, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.pending.end(APP, "m1", shard.keep_until, State.CANCELLED)
    assert not await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1)])
    assert (await stores.results.report(APP, "m1")).targeted == 0


@pytest.mark.usefixtures("each_form_of_slots")
async def test_every_key_of_a_message_expires(stores: Stores, redis: Redis, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b111)])
    await stores.leases.take(shard, "w", LEASE, [BLOCKS[0]])
    await stores.outcomes.record(shard, "w", LEASE, [BLOCKS[0]], [Move(BLOCKS[0], 0b1, State.INVALID, GONE)])
    await stores.leases.release(shard, "w", [BLOCKS[0]], clock.now())
    await stores.results.record_receipts(
        ReceiptKind.CLICKED, APP, "m1", [[SlotRef(0, GROUP, 1)]], shard.keep_until
    )
    await stores.pending.end(APP, "m1", shard.keep_until, State.CANCELLED)
    keys = {key async for key in redis.scan_iter()} - {b"{shop:0}:blocks", b"{shop:1}:blocks"}
    assert keys
    for key in keys:
        assert await redis.pttl(key) > 0, key
