"""Plans: what is left out, how bundles are cut, and what is written with their sends."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.bundles import NOTHING_DUE, PATIENCE, RETENTION, SmallWorld, small
from tests.support.clock import SetClock

from pushgate.bundles.bundle_values import Change, PlannedSend, Verb
from pushgate.bundles.plan import Round, WrittenBundle
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.values import Send
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Failure

FCM = Group("fcm", "en")


async def place(
    world: SmallWorld, claimed: Sequence[WaitingSegment], sends: Sequence[PlannedSend]
) -> list[WrittenBundle]:
    now = world.clock.now()
    return await world.planner.place(
        Round(
            home=world.home,
            claimed=claimed,
            urgent=False,
            sends={("fcm", 1): sends},
            without_place={},
            now=now,
            look_at=now + PATIENCE,
            results_until=now + RETENTION,
        )
    )


async def test_what_belongs_to_cancelled_messages_is_left_out(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    ids, _ = await world.put([small(push_at=clock.now())] * 6)
    claimed = await world.claim()
    sends = [
        PlannedSend(
            Send(0, index, 0, index),
            Group("fcm", f"l{index}"),
            clock.now() + timedelta(seconds=index + 1),
            State.REJECTED if index % 2 else State.PENDING,
            Failure("fcm", f"code{index}", "why"),
        )
        for index in range(6)
    ]
    for cancelled in (0, 3):
        await world.accounts.cancel(world.home.app, ids[cancelled])
    (bundle,) = await place(world, claimed, sends)
    assert bundle.size == 4
    assert await world.segments.waiting(world.home) == (0, 2)
    now_s = int(clock.now().timestamp())
    for index, account in enumerate(await world.accounts.read(world.home.app, ids)):
        assert account is not None
        rows = [
            (slot.terminal_slot, slot.group.key, slot.expires_s - now_s, slot.label.split("|")[2], slot.state)
            for slot in account.slots
        ]
        state = State.REJECTED if index % 2 else State.PENDING
        expected = (index, f"fcm-l{index}", index + 1, f"code{index}", state)
        assert [(row[0], *row[2:]) for row in rows] == (
            [] if index in (0, 3) else [(expected[0], *expected[2:])]
        )


@pytest.mark.parametrize(
    ("messages", "groups", "sizes"),
    [(512, 1, [512]), (513, 1, [512, 1]), (300, 300, [255, 45]), (24, 1, [24]), (25, 1, [25])],
)
async def test_bundles_are_cut(
    redis: Redis, clock: SetClock, messages: int, groups: int, sizes: list[int]
) -> None:
    world = SmallWorld(redis, clock)
    for number in range(3):
        await world.put([small(push_at=clock.now())] * 171, number=number)
    claimed = await world.claim(limit=1000)
    sends = [
        PlannedSend(Send(n // 171, n % 171, 0, n), Group("fcm", f"l{n % groups}"), clock.now() + PATIENCE)
        for n in range(messages)
    ]
    written = await place(world, claimed, sends)
    assert [bundle.size for bundle in written] == sizes
    for bundle in written:
        taken = await world.bundles.take(world.home, bundle.number, "w", PATIENCE)
        assert not isinstance(taken, timedelta)
        assert len(taken.due) == bundle.size


async def test_bundles_of_few_sends_share_a_hash(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    for number, size in enumerate((1, 24, 25, 24, 1)):
        await world.put([small(push_at=clock.now())] * size, number=number)
        await world.place(await world.claim())
    keys = sorted([key async for key in redis.scan_iter("*:b:*")])
    assert [await redis.hlen(key.decode()) for key in keys] == [8, 4, 8]


async def test_bundles_of_one_stay_compact_with_all_that_happens_to_them(
    redis: Redis, clock: SetClock
) -> None:
    world = SmallWorld(redis, clock)
    ids: list[str] = []
    for number in range(16):
        (message_id,), _ = await world.put([small(push_at=clock.now())], number=number)
        (bundle,) = await world.place(await world.claim())
        await world.bundles.take(world.home, bundle.number, "w", PATIENCE)
        rejected = Change(Verb.REJECTED, [0], Failure("fcm", "code", "why"))
        await world.bundles.record(world.home, bundle.number, "w", None, [rejected])
        ids.append(message_id)
    for kind in ReceiptKind:
        reports = [(message_id, [(0, 0)]) for message_id in ids]
        assert await world.accounts.record_receipts(kind, world.home.app, reports) == [1] * 16
    found = [await redis.object("encoding", "{shop:0}:" + name) for name in ("b:0", "b:1", "p:1")]
    assert found == [b"listpack"] * 3


async def test_placements_of_one_segment_share_a_field(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    ids, _ = await world.put([small(push_at=clock.now())] * 40)
    claimed = await world.claim()
    for waiting in (range(10), range(40)):
        part = [replace(claimed[0], waiting=list(waiting))]
        await world.place(part, per_message=3, vendors={1: "apns"})
    assert sorted(await redis.hkeys("{shop:0}:p:1")) == [b"0", b"0s", b"b"]
    for number, account in enumerate(await world.accounts.read(world.home.app, ids)):
        assert account is not None
        assert [(slot.group.vendor, slot.terminal_slot) for slot in account.slots] == [
            ("fcm", 10 * number),
            ("fcm", 10 * number + 2),
            ("apns", 10 * number + 1),
        ]


async def test_a_bundle_with_nothing_to_send_is_not_submitted(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    ids, _ = await world.put([small(push_at=clock.now())])
    sends = [PlannedSend(Send(0, 0, 0, 1), FCM, clock.now(), State.EXPIRED)]
    assert await place(world, await world.claim(), sends) == []
    assert await world.segments.next_due_at([world.home]) == [NOTHING_DUE]
    (account,) = await world.accounts.read(world.home.app, ids)
    assert account is not None
    assert account.slots[0].label.startswith("fcm|expired|ttl|never sent")


async def test_any_number_of_reasons_is_written_on_one_line_each(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    messages = 200
    ids, _ = await world.put([small(push_at=clock.now())] * messages)
    more, _ = await world.put([small(push_at=clock.now())] * messages, number=1)
    sends = [
        PlannedSend(
            Send(n // messages, n % messages, 0, n),
            FCM,
            clock.now() + PATIENCE,
            State.PENDING,
            Failure("fcm", f"code{n}", "one\nother"),
        )
        for n in range(2 * messages)
    ]
    assert len(await place(world, await world.claim(), sends)) == 1
    accounts = await world.accounts.read(world.home.app, [*ids, *more])
    labels = [account.slots[0].label for account in accounts if account]
    assert labels[:32] == [f"fcm|pending|code{n}|one other" for n in range(32)]
    assert set(labels[32:]) == {"fcm|pending|other|more codes than are told apart"}
