"""Results of large messages are read and written in portions, and stay short."""

from datetime import timedelta

from redis.asyncio import Redis
from tests.support.blocks import open_blocks
from tests.support.clock import SetClock
from tests.support.redis_work import work

from pushgate.domain.app import App
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard, Planned
from pushgate.stores import Stores


async def test_a_message_reported_on_for_weeks_keeps_a_short_timeline(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    app, group = App("shop"), Group("apns", "en")
    scope = MessageShard(app, 0, "m", clock.now() + timedelta(days=60))
    await open_blocks(redis, app, [Block(group, 0)])
    await stores.plans.write(scope, [Planned(Block(group, 0), (1 << 100) - 1)])
    kept = {f"{minute}|delivered": 1 for minute in range(3000)}
    sizes: list[int] = []
    for before in (1499, 1500, 2999, 3000):
        await redis.delete(f"{scope.key}:timeline")
        await redis.hset(
            f"{scope.key}:timeline", items=[part for item in list(kept.items())[:before] for part in item]
        )
        clock.at = clock.at.replace(hour=0, minute=0) + timedelta(days=1)
        for _ in range(6):  # every five hours and a bit, each time another one clicks
            clock.advance(5 * 3600 + 60)
            slot_ref = SlotRef(0, group, len(sizes))
            assert await stores.results.record_receipts(
                ReceiptKind.CLICKED, app, "m", [[slot_ref]], scope.keep_until
            ) == [1]
            sizes.append(await redis.hlen(f"{scope.key}:timeline") - before)
    assert sizes[:6] == [1, 2, 3, 4, 5, 6]
    assert sizes[6:12] == [1, 2, 3, 4, 5, 6]
    assert sizes[18:] == [1, 1, 1, 1, 2, 2], "by day"
    moments = (await stores.results.report(app, "m")).timeline
    assert sum(moment.counts.get("clicked", 0) for moment in moments) == 6


async def test_many_reports_are_recorded_in_portions(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    app, group = App("shop"), Group("apns", "en")
    scope = MessageShard(app, 0, "m", clock.now() + timedelta(days=60))
    blocks = [Block(group, number) for number in range(2500)]
    await open_blocks(redis, app, blocks)
    await stores.plans.write(scope, [Planned(block, 1) for block in blocks])
    slot_refs = [[SlotRef(0, group, number * 1024)] for number in range(2500)]

    async def receive() -> None:
        verdicts = await stores.results.record_receipts(
            ReceiptKind.CLICKED, app, "m", slot_refs, scope.keep_until
        )
        assert verdicts == [1] * 2500

    done = await work(redis, receive())
    assert done.calls["evalsha"] >= 3


async def test_recallable_slots_are_read_in_portions(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    app = App("shop")
    scope = MessageShard(app, 0, "m", clock.now() + timedelta(days=60))
    apns = [Block(Group("apns", "en"), number) for number in range(700)]
    fcm = Block(Group("fcm", "en"), 700)
    await open_blocks(redis, app, [*apns, fcm])
    rows = [Planned(block, 0b11, State.ACCEPTED) for block in [*apns, fcm]]
    await stores.plans.write(scope, rows)
    found: dict[Block, int] = {}

    async def read() -> None:
        found.update(await stores.results.recallable(app, "m", 0, ["apns"]))

    done = await work(redis, read())
    assert found == dict.fromkeys(apns, 0b11)
    assert done.calls.get("hgetall", 0) == 0
    assert done.calls["hscan"] >= 3
