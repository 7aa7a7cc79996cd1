"""Terminals in quiet hours of the app are left out, unless the message cannot wait."""

from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis
from tests.support.accounting import assert_law
from tests.support.apps import capped_app
from tests.support.bundles import small as small_message
from tests.support.parameters import readable
from tests.support.scheduler import APP, SchedulerParts, lose_plans
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.domain.audience import ByTerminal, Everyone
from pushgate.domain.message import Category, Delivery, InQuietHours, Message, Options
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal
from pushgate.ledger.values import MessageShard
from pushgate.scheduler.planner import Planner

NIGHT = {"begin": "22:00", "end": "08:00"}
NONE = {"begin": "00:00", "end": "00:00"}
ZONES = ("Asia/Shanghai", "Europe/Paris", None)
TERMINALS = 90
NEWS = Options(category=Category.NEWS)


async def register(parts: SchedulerParts | SmallScheduler, count: int = TERMINALS) -> None:
    await parts.stores.registry.register(
        APP,
        [Terminal(f"t{n}", "apns", f"{n:032x}", "en", timezone=ZONES[n % len(ZONES)]) for n in range(count)],
    )


async def plan(parts: SchedulerParts, options: Options, caps: dict[str, int], **hours: object) -> Message:
    """Plan a message to everyone in an app of New York."""
    message = await parts.store(Everyone(), options)
    await plan_again(parts, message, caps, **hours)
    return message


async def plan_again(parts: SchedulerParts, message: Message, caps: dict[str, int], **hours: object) -> None:
    configured = capped_app(APP, caps, quiet_hours=hours, timezone="America/New_York")
    async for _ in Planner(parts.stores, parts.clock).plan(message.envelope, configured):
        pass


def at(hour: int) -> datetime:
    """An hour of UTC in winter: Shanghai is 8 h ahead, Paris 1 h, New York 5 h behind."""
    return datetime(datetime.now(UTC).year + 1, 1, 15, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(("hour", "quiet"), [(15, 1), (21, 2), (4, 2), (8, 1), (12, 1), (13, 0), (14, 1)])
async def test_the_hour_is_that_of_each_terminals_zone(
    redis: Redis, parts: SchedulerParts, hour: int, quiet: int
) -> None:
    await register(parts)
    parts.clock.at = at(hour)
    message = await plan(parts, NEWS, {}, all=NIGHT)
    third = TERMINALS // 3
    expected = {"pending": (3 - quiet) * third, "cancelled": quiet * third}
    assert await parts.states(message) == {state: count for state, count in expected.items() if count}
    shards = [MessageShard(APP, shard, message.id, message.expires_at) for shard in range(APP.shards)]
    await assert_law(redis, parts.stores.results, shards)
    report = await parts.stores.results.report(APP, message.id)
    assert {failure.code for failure in report.failures} == ({"quiet_hours"} if quiet else set())


@pytest.mark.parametrize(
    ("options", "hours", "left_out"),
    [
        (NEWS, {"news": NIGHT}, True),
        (Options(), {"all": NIGHT}, True),
        (NEWS, {"order": NIGHT}, False),
        (NEWS, {"all": NIGHT, "news": NONE}, False),
        (Options(), {"news": NIGHT}, False),
        (Options(silent=True), {"all": NIGHT}, False),
        (Options(quiet_hours=InQuietHours.IGNORE), {"all": NIGHT}, False),
        (Options(own_category="digest"), {"digest": NIGHT}, True),
    ],
    ids=readable,
)
async def test_hours_are_by_category_and_may_be_ignored(
    parts: SchedulerParts, options: Options, hours: dict[str, object], left_out: bool
) -> None:
    await register(parts)
    parts.clock.at = at(15)
    message = await plan(parts, options, {}, **hours)
    quiet = TERMINALS // 3 if left_out else 0
    assert (await parts.states(message)).get("cancelled", 0) == quiet


async def test_who_is_left_out_takes_no_place_of_a_cap(parts: SchedulerParts) -> None:
    await register(parts)
    parts.clock.at = at(15)
    assert (await parts.states(await plan(parts, NEWS, {"news": 1}, all=NIGHT)))["cancelled"] == 30
    message = await plan(parts, NEWS, {"news": 1})
    assert await parts.states(message) == {"pending": 30, "cancelled": 60}


async def test_terminals_of_one_block_are_left_out_for_several_reasons(
    redis: Redis, parts: SchedulerParts
) -> None:
    await register(parts)
    parts.clock.at = at(15)
    await plan(parts, NEWS, {"news": 1}, all=NIGHT)
    message = await plan(parts, NEWS, {"news": 1}, all=NIGHT)
    assert await parts.states(message) == {"cancelled": TERMINALS}
    shards = [MessageShard(APP, shard, message.id, message.expires_at) for shard in range(APP.shards)]
    await assert_law(redis, parts.stores.results, shards)
    report = await parts.stores.results.report(APP, message.id)
    assert {(one.code, one.count) for one in report.failures} == {("quiet_hours", 30), ("frequency_cap", 60)}


async def test_small_messages_keep_quiet_hours(small: SmallScheduler) -> None:
    await register(small, 3)
    small.clock.at = at(15)
    configured = capped_app(SHOP, {"news": 1}, quiet_hours={"news": NIGHT}, timezone="America/New_York")
    small.context.catalog.change({"shop": configured})
    everyone = ByTerminal(("t0", "t1", "t2"))
    urgent = Options(category=Category.NEWS, quiet_hours=InQuietHours.IGNORE)
    ids = await small.store(
        [
            small_message(push_at=small.clock.now(), audience=everyone, options=options)
            for options in (NEWS, Options(), urgent)
        ]
    )
    await small.run_rounds()
    quiet, plain, third = await small.accounts(ids)
    assert sorted(slot.state.value for slot in quiet.slots) == ["cancelled", "pending", "pending"]
    assert any("|cancelled|quiet_hours|" in slot.label for slot in quiet.slots)
    assert {slot.state for slot in plain.slots} == {State.PENDING}
    assert sorted(slot.state.value for slot in third.slots) == ["cancelled", "cancelled", "pending"]
    assert sum("|cancelled|frequency_cap|" in slot.label for slot in third.slots) == 2


async def test_a_lost_plan_that_may_have_been_sent_leaves_nobody_out(
    redis: Redis, parts: SchedulerParts
) -> None:
    """Who is in quiet hours by now may have the push as well: nobody knows of anyone."""
    await register(parts)
    parts.clock.at = at(13)
    once = Options(category=Category.NEWS, delivery=Delivery.AT_MOST_ONCE)
    message = await plan(parts, once, {}, all=NIGHT)
    assert await parts.states(message) == {"pending": TERMINALS}
    await lose_plans(redis, message.id, *range(APP.shards))
    await redis.hset(f"{{q}}:message:{message.id}", "replanned", "1")
    parts.clock.at = at(21)
    await plan_again(parts, message, {}, all=NIGHT)
    assert await parts.states(message) == {"rejected": TERMINALS}
