"""Totals of today and counts by minute equal what the ledger says."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis
from tests.support.accounting import APP, GROUP
from tests.support.clock import SetClock
from tests.support.ledger import BLOCKS, GONE, LEASE, message_shard, reserve, settle

from pushgate.domain.message import Resend
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.ledger.values import Move, Planned
from pushgate.stores import Stores


def midnight(clock: SetClock) -> datetime:
    return clock.at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


async def assert_totals_equal_the_ledger(stores: Stores, *messages: str) -> None:
    """Of states that are no longer pending, and of receipts."""
    expected: Counter[tuple[str, str]] = Counter()
    for message in messages:
        for group in (await stores.results.report(APP, message)).groups:
            for state, count in group.states.items():
                if state != "pending":
                    expected[group.vendor, state] += count
            expected[group.vendor, "delivered"] += group.delivered
            expected[group.vendor, "clicked"] += group.clicked
    assert await stores.activity.today(APP) == +expected


async def test_totals_of_a_day_equal_the_ledger(stores: Stores, clock: SetClock) -> None:
    """Two messages in two shards: sent, sent at most once, reported on, ended and sent again."""
    clock.at = midnight(clock)
    shards = [message_shard(clock, name, number) for name in ("m1", "m2") for number in (0, 1)]
    for shard in shards:
        await stores.plans.write(
            shard,
            [Planned(BLOCKS[0], 0b1111), Planned(BLOCKS[2], 0b11), Planned(BLOCKS[1], 0b1, State.REJECTED)],
        )
        await stores.leases.take(shard, "w", LEASE, [BLOCKS[0]])
        moves = [Move(BLOCKS[2], 0b1, State.ACCEPTED), Move(BLOCKS[0], 0b1000, State.INVALID, GONE)]
        await stores.outcomes.record(shard, "w", LEASE, [BLOCKS[0]], [*moves, reserve(0b110)])
        await assert_totals_equal_the_ledger(stores, "m1", "m2")
        clock.advance(90)
        await stores.outcomes.record(shard, "w", LEASE, [BLOCKS[0]], [settle(0b100, State.ACCEPTED)])
        slot_refs = [[SlotRef(shard.shard, GROUP, 2)]]
        for receipt in (ReceiptKind.DELIVERED, ReceiptKind.CLICKED, ReceiptKind.CLICKED):
            await stores.results.record_receipts(receipt, APP, shard.message_id, slot_refs, shard.keep_until)
    await assert_totals_equal_the_ledger(stores, "m1", "m2")
    await stores.pending.end(APP, "m1", shards[0].keep_until, State.EXPIRED)
    await assert_totals_equal_the_ledger(stores, "m1", "m2")
    await stores.plans.resume(shards[0], Resend(1, (State.EXPIRED, State.INVALID), clock.now()), ["apns"])
    await assert_totals_equal_the_ledger(stores, "m1", "m2")


async def test_counts_by_minute_cover_an_hour_over_the_full_hour_and_midnight(
    stores: Stores, clock: SetClock
) -> None:
    clock.at = midnight(clock) - timedelta(minutes=2)
    shard, started_at = message_shard(clock), clock.at
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1111)])
    for bits, minutes in ((0b1, 1), (0b10, 2), (0b1100, 56)):
        clock.advance(60 * minutes)
        await stores.outcomes.record(shard, "w", LEASE, [], [Move(BLOCKS[0], bits, State.ACCEPTED)])
    at = [started_at + timedelta(minutes=minutes) for minutes in (1, 3, 59)]
    key = ("apns", "accepted")
    assert await stores.activity.last_hour(APP) == {at[0]: {key: 1}, at[1]: {key: 1}, at[2]: {key: 2}}
    assert await stores.activity.today(APP) == {key: 3}, "one was yesterday"
    clock.advance(120)
    assert await stores.activity.last_hour(APP) == {at[1]: {key: 1}, at[2]: {key: 2}}


@pytest.mark.parametrize(
    ("timezone", "hours_before"),
    [
        ("UTC", 12.5),
        ("Asia/Shanghai", 20.5),
        ("Asia/Kathmandu", 18.25),
        ("Pacific/Kiritimati", 2.5),
        ("America/Phoenix", 5.5),
    ],
)
async def test_today_begins_at_midnight_in_any_time_zone(
    stores: Stores, clock: SetClock, timezone: str, hours_before: float
) -> None:
    """At 12:30 UTC, what happened within the day in the time zone counts, to the quarter."""
    noon = midnight(clock) + timedelta(hours=12, minutes=30)
    begin = noon - timedelta(hours=hours_before)
    clock.at = begin - timedelta(minutes=1)
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b111)])
    for bits, at in ((0b1, clock.at), (0b10, begin), (0b100, noon)):
        clock.at = at
        await stores.outcomes.record(shard, "w", LEASE, [], [Move(BLOCKS[0], bits, State.ACCEPTED)])
    assert await stores.activity.today(APP, ZoneInfo(timezone)) == {("apns", "accepted"): 2}


async def test_activity_is_forgotten_after_three_hours_and_three_days(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1, State.EXPIRED)])
    minute = int(clock.at.timestamp()) // 60
    hours, days = f"{{shop:0}}:minutes:{minute // 60}", f"{{shop:0}}:quarters:{minute // 1440}"
    assert await redis.expiretime(hours) == (minute // 60 + 4) * 3600
    assert await redis.expiretime(days) == (minute // 1440 + 4) * 86400
