"""Receipts count each targeted terminal once."""

import pytest
from redis.asyncio import Redis
from tests.support.accounting import APP, GROUP, assert_law
from tests.support.clock import SetClock
from tests.support.ledger import BLOCKS, LEASE, message_shard

from pushgate.domain import bitmaps
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Move, Planned
from pushgate.stores import Stores


async def test_receipts_count_each_targeted_terminal_once(stores: Stores, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b111)])
    reports = [
        [SlotRef(0, GROUP, 0)],
        [SlotRef(0, GROUP, 0)],
        [SlotRef(0, GROUP, 2)],
        [SlotRef(0, GROUP, 9)],
        [],
    ]
    known = await stores.results.record_receipts(ReceiptKind.CLICKED, APP, "m1", reports, shard.keep_until)
    assert known == [1, 0, 1, -1, -1]
    known = await stores.results.record_receipts(ReceiptKind.CLICKED, APP, "m1", reports, shard.keep_until)
    assert known == [0, 0, 0, -1, -1]
    assert await stores.results.record_receipts(
        ReceiptKind.DELIVERED, APP, "m1", reports[:1], shard.keep_until
    ) == [1]
    report = await stores.results.report(APP, "m1")
    assert (report.clicked, report.delivered) == (2, 1)


@pytest.mark.parametrize(
    ("accepted", "delivered", "clicked", "received"),
    [
        pytest.param(0b1111, 0b0100, 0b1011, 4, id="one delivery reported, the other three clicked"),
        pytest.param(0b1111, 0b0111, 0b0111, 3, id="the same terminals reported both"),
        pytest.param(0b1111, 0b0011, 0b0110, 3, id="they overlap"),
        pytest.param(0b1111, 0b0000, 0b0001, 4, id="no deliveries are reported: acceptances count"),
        pytest.param(0b0000, 0b0000, 0b0011, 2, id="clicked, and no answer ever came"),
        pytest.param(0b0001, 0b0000, 0b0010, 2, id="one accepted, another one clicked"),
        pytest.param(0b0000, 0b0000, 0b0000, 0, id="nothing at all"),
    ],
)
async def test_a_terminal_that_clicked_has_received_and_counts_once(
    stores: Stores,
    redis: Redis,
    clock: SetClock,
    accepted: int,
    delivered: int,
    clicked: int,
    received: int,
) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1111)])

    async def accept() -> None:
        await stores.outcomes.record(shard, "w", LEASE, [], [Move(BLOCKS[0], accepted, State.ACCEPTED)])
        await assert_law(redis, stores.results, [shard])

    async def report(receipt: ReceiptKind, bits: int) -> None:
        slot_refs = [[SlotRef(0, GROUP, slot)] for slot in bitmaps.offsets(bits)]
        await stores.results.record_receipts(receipt, APP, "m1", slot_refs, shard.keep_until)
        await assert_law(redis, stores.results, [shard])

    await report(
        ReceiptKind.CLICKED, clicked & 0b0101
    )  # a phone may report before the vendor's answer is recorded
    await accept()
    await report(ReceiptKind.DELIVERED, delivered)
    await report(ReceiptKind.CLICKED, clicked)
    found = await stores.results.report(APP, "m1")
    assert (found.received, found.clicked) == (received, clicked.bit_count())
    assert found.click_through_rate == (clicked.bit_count() / received if received else None)


async def test_a_terminal_that_moved_is_known_by_its_former_slot(stores: Stores, clock: SetClock) -> None:
    await stores.plans.write(message_shard(clock, number=1), [Planned(BLOCKS[0], 0b1)])
    moved = [[SlotRef(1, Group("apns", "ja"), 5), SlotRef(1, GROUP, 0)]]
    assert await stores.results.record_receipts(
        ReceiptKind.CLICKED, APP, "m1", moved, message_shard(clock).keep_until
    ) == [1]
