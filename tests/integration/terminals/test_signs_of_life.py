"""A terminal that gives a sign of life was last seen that day."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.redis_work import work
from tests.support.registry_laws import check_registry

from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores

APP = App("alive", 2)
NAMES = [f"t{number}" for number in range(12)]
DAY = timedelta(days=1).total_seconds()


@pytest.fixture
async def slots(stores: Stores, clock: SetClock) -> list[SlotRef]:
    """The slots of terminals that were registered the day before."""
    clock.to_morning()
    await stores.registry.register(APP, [Terminal(name, "apns", f"of-{name}", "en") for name in NAMES])
    clock.advance(DAY)
    return [places[0] for places in await stores.locations.locate(APP, NAMES)]


async def days_ago(stores: Stores, clock: SetClock, name: str) -> int:
    last_seen = (await stores.registry.read(APP, name)).last_seen
    assert last_seen is not None
    return (clock.now().date() - last_seen.date()).days


async def test_the_last_day_moves_forward_with_its_term(
    redis: Redis, stores: Stores, clock: SetClock, slots: list[SlotRef]
) -> None:
    before = await stores.registry.read(APP, "t0")
    await stores.signs_of_life.note(APP, [*slots[:5], slots[0]])
    assert [await days_ago(stores, clock, name) for name in NAMES] == [0] * 5 + [1] * 7
    await check_registry(redis, APP)
    after = await stores.registry.read(APP, "t0")
    assert after == replace(before, last_seen=clock.now()), "all else stays"
    clock.advance(DAY)
    await stores.signs_of_life.note(APP, slots[4:6])
    assert [await days_ago(stores, clock, name) for name in NAMES] == [1] * 4 + [0] * 2 + [2] * 6
    await check_registry(redis, APP)


async def test_further_signs_of_the_day_cost_redis_nothing(
    redis: Redis, stores: Stores, slots: list[SlotRef]
) -> None:
    first = await work(redis, stores.signs_of_life.note(APP, slots))
    assert first.calls["evalsha"] == APP.shards
    again = await work(redis, stores.signs_of_life.note(APP, slots))
    assert again.calls["evalsha"] == 0
    assert again.written == 0


async def test_another_process_reads_and_writes_nothing_on_the_same_day(
    redis: Redis, stores: Stores, clock: SetClock, slots: list[SlotRef]
) -> None:
    await stores.signs_of_life.note(APP, slots)
    seen = await stores.registry.read_version(APP, "t0")
    clock.advance(60)
    await Stores.open(redis, clock, timedelta(days=30)).signs_of_life.note(APP, slots)
    assert await stores.registry.read_version(APP, "t0") == seen


async def test_a_sign_at_a_former_slot_is_one_of_the_terminal_that_left_it(
    redis: Redis, stores: Stores, clock: SetClock, slots: list[SlotRef]
) -> None:
    yesterday = clock.now() - timedelta(days=1)
    moved = Terminal("t0", "apns", "of-t0", "ja", last_seen=yesterday)
    await stores.registry.register(APP, [moved])
    await stores.registry.forget(APP, ["t1"])
    await stores.signs_of_life.note(APP, [slots[0], slots[1], SlotRef(0, slots[0].group, 5000)])
    assert await days_ago(stores, clock, "t0") == 0
    await check_registry(redis, APP)


async def test_a_sign_never_moves_the_last_day_back(
    stores: Stores, clock: SetClock, slots: list[SlotRef]
) -> None:
    await stores.registry.register(APP, [Terminal("t0", "apns", "of-t0", "en")])
    clock.advance(-DAY)
    await stores.signs_of_life.note(APP, slots[:1])
    assert await days_ago(stores, clock, "t0") == -1
