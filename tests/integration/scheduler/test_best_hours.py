"""Messages that go out in each terminal's best hour: nobody twice, nobody missed."""

from datetime import datetime, time, timedelta
from random import Random
from typing import cast

import pytest
from redis.asyncio import Redis
from tests.support.families import PlayedFamilies, register
from tests.support.scheduler import APP, SchedulerParts

from pushgate.domain.best_hour import BestHour, best_hour_of, period_of
from pushgate.domain.family import Family
from pushgate.domain.message import Message
from pushgate.domain.terminal import Terminal
from pushgate.redis.hash_tags import tag
from pushgate.stores import Stores

START = datetime.fromisoformat("2030-12-30T10:20:00+00:00")


async def click(stores: Stores, name: str) -> None:
    """A terminal clicks now."""
    (places,) = await stores.locations.locate(APP, [name])
    await stores.signs_of_life.note(APP, places, clicked=True)


async def hours_of(redis: Redis, stores: Stores, name: str) -> set[str]:
    """Hours and periods in which a terminal clicked, from the keys of its slot."""
    ((place, *_),) = await stores.locations.locate(APP, [name])
    return await hours_at(redis, place.shard, place.slot)


async def hours_at(redis: Redis, shard: int, slot: int) -> set[str]:
    prefix, offset = f"{tag(APP, shard)}:b:0:h:", slot ^ 7
    keys = [key.decode() async for key in redis.scan_iter(f"{prefix}*")]
    return {key.removeprefix(prefix) for key in keys if await redis.getbit(key, offset)}


@pytest.fixture
def begun(played: PlayedFamilies, parts: SchedulerParts) -> PlayedFamilies:
    parts.clock.at = START
    return played


async def test_each_terminal_gets_the_message_in_its_best_hour(
    begun: PlayedFamilies, parts: SchedulerParts
) -> None:
    chance, clock, stores = Random(7), parts.clock, parts.stores
    names = [f"t{number}" for number in range(40)]
    zones = {name: chance.choice(("Asia/Tokyo", "America/New_York", None)) for name in names}
    await register(parts, zones)
    clicks: dict[str, dict[tuple[int, int], int]] = {name: {} for name in names}
    end = START + timedelta(days=120)
    for name in names[:30]:
        for _ in range(chance.randrange(6)):
            clock.at = START + chance.random() * timedelta(days=120)
            await click(stores, name)
            clicks[name][clock.at.hour, period_of(end) - period_of(clock.at)] = 1
    clock.at = end
    best_hour = BestHour(since=end, hours=24, default_zone="Europe/Berlin", fallback=time(10))
    family = await begun.store_for(Family(None, best_hour.instants()[-1], best_hour))
    expected = {name: _due(best_hour, clicks[name], zones[name]) for name in names}
    assert len(set(expected.values())) > 8
    for number, _ in enumerate(best_hour.instants(), 1):
        await begun.plan_part(family, number)
    assert await begun.reached(family) == expected


def _due(best_hour: BestHour, clicks: dict[tuple[int, int], int], zone: str | None) -> datetime:
    hour = best_hour_of(clicks, best_hour.candidates)
    if hour is None:
        return best_hour.comes_at(zone or "")
    return next(at for at in best_hour.instants() if at.hour == hour)


async def test_a_click_that_comes_meanwhile_neither_doubles_nor_loses_the_message(
    begun: PlayedFamilies, parts: SchedulerParts
) -> None:
    await register(parts, {"forth": None, "back": None})
    parts.clock.at = START.replace(hour=14)
    await click(parts.stores, "back")
    parts.clock.at = START.replace(hour=20)
    await click(parts.stores, "forth")
    parts.clock.at = START + timedelta(days=1)
    best_hour = BestHour(since=parts.clock.at, hours=24, default_zone="UTC")
    family = await begun.store_for(Family(None, best_hour.instants()[-1], best_hour), ttl=timedelta(hours=1))
    reached = {}
    for number, at in enumerate(best_hour.instants(), 1):
        part = await begun.plan_part(family, number)
        for name in await begun.targeted(family, number):
            assert name not in reached
            reached[name] = (at.hour, await parts.states(part))
        if at.hour == 16:  # it becomes the best hour of both, and has passed
            for name in ("forth", "back"):
                await click(parts.stores, name)
    assert reached == {"back": (14, {"pending": 1}), "forth": (17, {"pending": 1})}
    parts.clock.advance(3600)
    await begun.advance()
    assert await begun.made(family) == 24, "nobody is too late"


async def test_hours_go_with_a_terminal_and_end_with_it(
    begun: PlayedFamilies, parts: SchedulerParts, redis: Redis
) -> None:
    stores, period = parts.stores, period_of(START)
    await register(parts, {"t": None, "other": None})
    await click(stores, "t")
    await click(stores, "t")
    parts.clock.advance(3600)
    await click(stores, "t")
    expected = {f"10:{period}", f"11:{period}"}
    assert await hours_of(redis, stores, "t") == expected
    assert await hours_of(redis, stores, "other") == set()
    ((before, *_),) = await stores.locations.locate(APP, ["t"])
    await stores.registry.register(APP, [Terminal("t", "fcm", "t", "en")])
    ((after, *_),) = await stores.locations.locate(APP, ["t"])
    assert after.slot != before.slot
    assert await hours_of(redis, stores, "t") == expected
    assert await hours_at(redis, before.shard, before.slot) == set()
    # A report on the former slot is one on the terminal.
    parts.clock.advance(3600)
    await stores.signs_of_life.note(APP, [before], clicked=True)
    assert await hours_of(redis, stores, "t") == {*expected, f"12:{period}"}
    await stores.registry.forget(APP, ["t"])
    assert await hours_at(redis, after.shard, after.slot) == set()
    await click(stores, "other")
    ((other, *_),) = await stores.locations.locate(APP, ["other"])
    assert await hours_at(redis, other.shard, other.slot) == {f"12:{period}"}
    await stores.terminal_erasure.erase(APP, {"other": "erased~1"})
    assert await hours_at(redis, other.shard, other.slot) == set()


async def test_four_periods_are_kept(begun: PlayedFamilies, parts: SchedulerParts, redis: Redis) -> None:
    await register(parts, {"t": None})
    for _ in range(6):
        await click(parts.stores, "t")
        parts.clock.advance(28 * 86400)
    last = period_of(parts.clock.now()) - 1
    ((place, *_),) = await parts.stores.locations.locate(APP, ["t"])
    counted = cast("list[bytes]", await redis.hkeys(f"{tag(APP, place.shard)}:hours"))
    periods = {int(name.decode().split(":")[1]) for name in counted}
    assert periods == set(range(last - 3, last + 1))
    for period in range(last - 5, last + 1):
        key = f"{tag(APP, place.shard)}:b:0:h:10:{period}"
        expires_at = (period + 4) * 28 * 86400
        if await redis.exists(key):  # Redis has a clock of its own
            assert await redis.expiretime(key) == expires_at
            assert await redis.strlen(key) == 64


async def test_the_best_hour_of_the_app_is_that_of_all_terminals(
    begun: PlayedFamilies, parts: SchedulerParts
) -> None:
    best_hour = BestHour(since=START + timedelta(days=1), hours=24, default_zone="UTC")
    best_of_app = parts.stores.click_hours.best_of_app
    assert await best_of_app(APP, best_hour) is None
    await register(parts, {f"t{number}": None for number in range(5)})
    for number, hour in enumerate((8, 20, 20, 21, 12)):
        parts.clock.at = START.replace(hour=hour)
        await click(parts.stores, f"t{number}")
    assert await best_of_app(APP, best_hour) == 20


async def test_a_family_for_best_hours_is_stored_and_read(begun: PlayedFamilies) -> None:
    best_hour = BestHour(since=START, hours=5, default_zone="UTC", fallback=time(10, 30), app_hour=3)
    family: Message = await begun.store_for(Family(None, best_hour.instants()[-1], best_hour))
    stored = await begun.parts.stores.messages.read(APP.name, family.id)
    assert stored.message.family == family.family
