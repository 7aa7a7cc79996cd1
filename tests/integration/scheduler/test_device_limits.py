"""Vendors in China show a few marketing pushes a day on a device: further ones are left out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.accounting import assert_law
from tests.support.apps import limited_app
from tests.support.bundles import small as small_message
from tests.support.scheduler import APP, SchedulerParts
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.cancellation import cancel
from pushgate.domain.audience import ByTerminal, Everyone
from pushgate.domain.message import Category, Message, Options
from pushgate.domain.outcome import State
from pushgate.domain.push_class import next_vendor_day
from pushgate.domain.terminal import Terminal
from pushgate.ledger.values import MessageShard
from pushgate.scheduler.planner import Planner

MARKETING = Options(category=Category.MARKETING, ttl=timedelta(days=3))
EACH = 40
"""Terminals of Huawei, and of FCM, in each test."""


async def register(parts: SchedulerParts) -> None:
    vendors = ["huawei", "fcm"] * EACH
    await parts.stores.registry.register(
        APP, [Terminal(f"t{n}", vendor, f"{n:032x}", "en") for n, vendor in enumerate(vendors)]
    )


async def plan(
    parts: SchedulerParts, options: Options = MARKETING, per_device: int = 2, **caps: int
) -> Message:
    message = await parts.store(Everyone(), options)
    async for _ in Planner(parts.stores, parts.clock).plan(
        message.envelope, limited_app(APP, caps, per_device)
    ):
        pass
    return message


async def codes(parts: SchedulerParts, message: Message) -> dict[tuple[str, str], int]:
    report = await parts.stores.results.report(APP, message.id)
    return {(one.vendor, one.code): one.count for one in report.failures}


async def test_what_the_vendor_would_not_show_is_cancelled(redis: Redis, parts: SchedulerParts) -> None:
    await register(parts)
    for _ in range(2):
        assert await parts.states(await plan(parts)) == {"pending": 2 * EACH}
    third = await plan(parts)
    assert await parts.states(third) == {"pending": EACH, "cancelled": EACH}
    assert await codes(parts, third) == {("huawei", "device_limit"): EACH}
    shards = [MessageShard(APP, shard, third.id, third.expires_at) for shard in range(APP.shards)]
    await assert_law(redis, parts.stores.results, shards)
    parts.clock.at = next_vendor_day(parts.clock.now())
    assert await parts.states(await plan(parts)) == {"pending": 2 * EACH}


@pytest.mark.parametrize(
    "options",
    [
        Options(category=Category.ORDER),
        Options(),
        replace(MARKETING, silent=True),
        replace(MARKETING, vendors={"huawei": {"category": "EXPRESS"}}),
    ],
)
async def test_other_messages_have_no_limit(parts: SchedulerParts, options: Options) -> None:
    await register(parts)
    for _ in range(3):
        assert await parts.states(await plan(parts, options)) == {"pending": 2 * EACH}


async def test_it_may_be_switched_off_and_raised(parts: SchedulerParts) -> None:
    await register(parts)
    for per_device in (0, 0, 0, 5):
        assert await parts.states(await plan(parts, per_device=per_device)) == {"pending": 2 * EACH}


async def test_it_is_counted_apart_from_the_apps_own_caps(parts: SchedulerParts) -> None:
    await register(parts)
    assert await parts.states(await plan(parts, per_device=1, marketing=2)) == {"pending": 2 * EACH}
    second = await plan(parts, per_device=1, marketing=2)
    assert await codes(parts, second) == {("huawei", "device_limit"): EACH}
    third = await plan(parts, per_device=1, marketing=2)
    assert await codes(parts, third) == {("huawei", "frequency_cap"): EACH, ("fcm", "frequency_cap"): EACH}
    # What was taken of both by pushes that never went is given back, each once.
    for message in (second, third):
        await cancel(parts.stores, APP, message.id)
    fourth = await plan(parts, per_device=1, marketing=2)
    assert await codes(parts, fourth) == {("huawei", "device_limit"): EACH}


async def test_a_small_push_over_the_limit_takes_no_place_of_the_cap(small: SmallScheduler) -> None:
    await small.stores.registry.register(SHOP, [Terminal("h", "huawei", "a" * 32, "en")])
    small.context.catalog.change({"shop": limited_app(SHOP, {"marketing": 2}, 1)})
    express = replace(MARKETING, vendors={"huawei": {"category": "EXPRESS"}})
    found: list[str] = []
    for options in (MARKETING, MARKETING, express, express):
        message = small_message(push_at=small.clock.now(), audience=ByTerminal(("h",)), options=options)
        ids = await small.store([message])
        await small.run_rounds()
        found += [slot.label for account in await small.accounts(ids) for slot in account.slots]
    assert [label and label.split("|")[2] for label in found] == ["", "device_limit", "", "frequency_cap"]


async def test_small_messages_count_too(small: SmallScheduler) -> None:
    await small.stores.registry.register(
        SHOP, [Terminal("h", "huawei", "a" * 32, "en"), Terminal("f", "fcm", "b" * 32, "en")]
    )
    small.context.catalog.change({"shop": limited_app(SHOP, {"marketing": 3}, 1)})
    both = ByTerminal(("h", "f"))
    found: list[list[str]] = []
    for options in (MARKETING, MARKETING, Options(category=Category.ORDER)):
        message = small_message(push_at=small.clock.now(), audience=both, options=options)
        ids = await small.store([message])
        await small.run_rounds()
        (account,) = await small.accounts(ids)
        found.append([slot.label.split("|")[2] for slot in account.slots if slot.state is State.CANCELLED])
    assert found == [[], ["device_limit"], []]
