"""Audiences are frozen and released in the background, also where a scheduler dies at it."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.freezing import held, in_portions
from tests.support.registry_laws import check_registry
from tests.support.scheduler import APP, SchedulerParts

from pushgate.domain.audience import Frozen, HasTag, Saved
from pushgate.domain.terminal import Terminal
from pushgate.scheduler.freezes import FreezeRounds

VIP = HasTag("vip")
COUNT = 20


@pytest.fixture
async def key(redis: Redis, parts: SchedulerParts) -> str:
    """The key of an audience whose terminals are still to be marked."""
    stores = parts.stores
    await stores.registry.register(
        APP, [Terminal(f"t{n}", "apns", f"k{n}", "en", tags=("vip",)) for n in range(COUNT)]
    )
    freezing = in_portions(redis, stores, parts.clock, 5)
    return (await freezing.freeze(APP, "vip", VIP, "audience")).key


async def test_terminals_are_marked_at_a_pace(parts: SchedulerParts, key: str) -> None:
    rounds, stores = FreezeRounds(parts.context, 3), parts.stores

    async def marked() -> int:
        progress = await stores.freezing.find(APP, "vip", None)
        assert progress
        return progress.marked

    await rounds.run_once()
    first = await marked()
    assert 6 <= first < COUNT, "a step takes what there is in one of two shards"
    beyond = first - 3
    while beyond >= 3:
        await rounds.run_once()
        assert await marked() == first, "what the step took beyond the pace is made up for"
        beyond -= 3
    while await stores.saved_audiences.unknown(APP, ["vip"]):
        await rounds.run_once()
    assert len(await held(stores, APP, Saved("vip"))) == COUNT


async def test_another_scheduler_goes_on_where_one_died(
    redis: Redis, parts: SchedulerParts, key: str
) -> None:
    records, now = parts.stores.freezing.records, parts.clock.now()
    dead = await records.claim(now, now + timedelta(seconds=60))
    assert dead
    await parts.stores.freezing.step(APP, key)
    rounds = FreezeRounds(parts.context)
    await rounds.run_once()
    assert await parts.stores.saved_audiences.unknown(APP, ["vip"]) == {"vip"}
    parts.clock.advance(61)
    await rounds.run_once()
    assert len(await held(parts.stores, APP, Saved("vip"))) == COUNT
    assert await records.keep(dead, parts.clock.now()) is None
    await check_registry(redis, APP)


async def test_a_replaced_audience_is_released_an_hour_later_and_a_deleted_one_at_once(
    redis: Redis, parts: SchedulerParts, key: str
) -> None:
    stores, rounds = parts.stores, FreezeRounds(parts.context)
    await rounds.run_once()
    second = await stores.freezing.freeze(APP, "vip", VIP, "audience")
    await rounds.run_once()
    assert len(await held(stores, APP, Frozen(key))) == COUNT
    parts.clock.advance(3601)
    await rounds.run_once()
    assert await held(stores, APP, Frozen(key)) == set()
    assert len(await held(stores, APP, Saved("vip"))) == COUNT
    await stores.saved_audiences.delete(APP, "vip")
    await rounds.run_once()
    assert await held(stores, APP, Frozen(second.key)) == set()
    assert (await stores.freezing.records.of_app(APP.name)).by_key == {}
    await check_registry(redis, APP)
