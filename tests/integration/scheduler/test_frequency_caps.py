"""No terminal gets more of a category in its day than the app's cap lets through."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from tests.support.accounting import assert_law, bits_of
from tests.support.apps import capped_app
from tests.support.bundles import small as small_message
from tests.support.redis_urls import url_of
from tests.support.scheduler import APP, SchedulerParts
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.cancellation import cancel
from pushgate.domain import bitmaps
from pushgate.domain.audience import ByTerminal, ByUser, Everyone, Sample
from pushgate.domain.message import Category, Message, Options
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal
from pushgate.ledger.values import MessageShard
from pushgate.scheduler.planner import Planner

NEWS = Options(category=Category.NEWS)
TERMINALS = 300


async def register(parts: SchedulerParts | SmallScheduler, zones: tuple[str | None, ...] = (None,)) -> None:
    await parts.stores.registry.register(
        APP,
        [
            Terminal(f"t{n}", "apns", f"{n:032x}", "en", timezone=zones[n % len(zones)])
            for n in range(TERMINALS)
        ],
    )


async def plan(parts: SchedulerParts, per_day: int, options: Options = NEWS, **settings: object) -> Message:
    message = await parts.store(Everyone(), options)
    await plan_again(parts, message, per_day, **settings)
    return message


async def plan_again(parts: SchedulerParts, message: Message, per_day: int, **settings: object) -> None:
    configured = capped_app(APP, {"news": per_day}, **settings)
    async for _ in Planner(parts.stores, parts.clock).plan(message.envelope, configured):
        pass


def shards_of(message: Message) -> list[MessageShard]:
    return [MessageShard(APP, shard, message.id, message.expires_at) for shard in range(APP.shards)]


async def test_the_message_after_the_last_that_is_let_through_is_cancelled(
    redis: Redis, parts: SchedulerParts
) -> None:
    await register(parts)
    for _ in range(2):
        assert await parts.states(await plan(parts, 2)) == {"pending": TERMINALS}
    third = await plan(parts, 2)
    assert await parts.states(third) == {"cancelled": TERMINALS}
    report = await parts.stores.results.report(APP, third.id)
    assert [(one.state, one.code, one.count) for one in report.failures] == [
        ("cancelled", "frequency_cap", TERMINALS)
    ]
    await assert_law(redis, parts.stores.results, shards_of(third))
    other = await plan(parts, 2, Options(category=Category.ORDER))
    assert await parts.states(other) == {"pending": TERMINALS}


async def test_a_shard_that_is_planned_anew_admits_the_same(redis: Redis, parts: SchedulerParts) -> None:
    await register(parts)
    message = await plan(parts, 1)
    for shard in range(APP.shards):
        await redis.delete(f"{{shop:{shard}}}:m:{message.id}:marker")
    await plan_again(parts, message, 1)
    assert await parts.states(message) == {"pending": TERMINALS}
    assert await parts.states(await plan(parts, 1)) == {"cancelled": TERMINALS}


async def test_each_terminal_has_the_day_of_its_own_zone(parts: SchedulerParts) -> None:
    """Kiritimati is 26 hours ahead of the west: on three days at once there, at times."""
    await register(parts, ("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Shanghai", None))
    parts.clock.at = (datetime.now(UTC) + timedelta(days=1)).replace(hour=10, minute=30, second=0)
    assert await parts.states(await plan(parts, 1, timezone="Asia/Shanghai")) == {"pending": TERMINALS}
    parts.clock.advance(2 * 3600)  # midnight at GMT+12
    message = await plan(parts, 1, timezone="Asia/Shanghai")
    quarter = TERMINALS // 4
    assert await parts.states(message) == {"pending": quarter, "cancelled": 3 * quarter}
    parts.clock.advance(4 * 3600)  # midnight in Shanghai, also of terminals without a zone
    message = await plan(parts, 1, timezone="Asia/Shanghai")
    assert await parts.states(message) == {"pending": 2 * quarter, "cancelled": 2 * quarter}


async def test_places_are_given_back_where_the_push_never_went(parts: SchedulerParts) -> None:
    await register(parts)
    cancelled = await plan(parts, 1)
    await cancel(parts.stores, APP, cancelled.id)
    assert await parts.states(cancelled) == {"cancelled": TERMINALS}
    sent = await plan(parts, 1)
    assert await parts.states(sent) == {"pending": TERMINALS}
    await parts.answer(sent, State.ACCEPTED)
    await parts.stores.frequency_caps.give_back(APP, sent.id)
    assert await parts.states(await plan(parts, 1)) == {"cancelled": TERMINALS}


async def test_dry_runs_and_expired_messages_take_no_place(parts: SchedulerParts) -> None:
    await register(parts)
    await plan(parts, 1, Options(category=Category.NEWS, dry_run=True))
    expired = await parts.store(Everyone(), Options(category=Category.NEWS, ttl=timedelta(seconds=1)))
    parts.clock.advance(2)
    await plan_again(parts, expired, 1)
    assert await parts.states(expired) == {"expired": TERMINALS}
    assert await parts.states(await plan(parts, 1)) == {"pending": TERMINALS}


async def test_a_terminal_that_moves_takes_its_count_along(parts: SchedulerParts) -> None:
    await register(parts)
    await plan(parts, 1)
    terminals = [Terminal(f"t{n}", "apns", f"{n:032x}", "ja") for n in range(0, TERMINALS, 2)]
    await parts.stores.registry.register(APP, terminals)
    assert await parts.states(await plan(parts, 1)) == {"cancelled": TERMINALS}


@pytest.mark.single_redis
async def test_four_processes_pass_no_cap_and_leave_no_place(redis: Redis, parts: SchedulerParts) -> None:
    """Each of the messages is for half of the terminals, so that each terminal is wanted often."""
    await register(parts, ("Asia/Shanghai", "America/New_York", None))
    messages = [await parts.store(Sample(0.5, None, Everyone()), NEWS) for _ in range(24)]
    command = [sys.executable, "-m", "tests.support.plan_messages", url_of(redis), "news=3"]
    parties = [[message.id for message in messages[start::4]] for start in range(4)]
    processes = [await asyncio.create_subprocess_exec(*command, *ids) for ids in parties]
    assert [await process.wait() for process in processes] == [0, 0, 0, 0]
    for shard in range(APP.shards):
        got, wanted = dict[int, int](), dict[int, int]()
        for message in messages:
            scope = shards_of(message)[shard]
            for slots, counted in (("pending", got), ("targeted", wanted)):
                for slot in bitmaps.slots(await bits_of(redis, scope, slots)):
                    counted[slot] = counted.get(slot, 0) + 1
        assert got == {slot: min(3, count) for slot, count in wanted.items()}
    for message in messages:
        await assert_law(redis, parts.stores.results, shards_of(message))


async def test_small_messages_count_and_are_capped(small: SmallScheduler) -> None:
    await small.register(2, user="ann")
    small.context.catalog.change({"shop": capped_app(SHOP, {"news": 2})})

    def to(audience: ByTerminal | ByUser, options: Options = NEWS) -> object:
        return small_message(push_at=small.clock.now(), audience=audience, options=options)

    one = ByTerminal(("ann0",))
    ids = await small.store([to(one), to(ByUser(("ann",))), to(one, Options())])  # type: ignore[list-item]
    await small.run_rounds()
    accounts = await small.accounts(ids)
    assert {slot.state for account in accounts for slot in account.slots} == {State.PENDING}
    ids = await small.store([to(ByUser(("ann",))), to(one, Options())])  # type: ignore[list-item]
    await small.run_rounds()
    both, other = await small.accounts(ids)
    assert sorted(slot.state.value for slot in both.slots) == ["cancelled", "pending"]
    assert any("|cancelled|frequency_cap|" in slot.label for slot in both.slots)
    assert [slot.state for slot in other.slots] == [State.PENDING]
