"""The longest values of attributes are known, whoever wrote them. Only a count lowers a length."""

import pytest
from msgspec import structs
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.hygiene import run_phases

from pushgate.content.personal.lengths import KnownLengths, Length
from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.hygiene.term_repair import RowTerms
from pushgate.redis.hash_tags import tag
from pushgate.stores import Stores
from pushgate.terminals.bulk.registry import BulkRegistry

APP = App("shop", shards=2)
KEYS = [f"{tag(APP, shard)}:attributes" for shard in range(APP.shards)]


def terminal(name: str, value: str, user: str | None = None) -> Terminal:
    return Terminal(name, "apns", f"token-{name}", "en", user=user, attributes={"name": value})


@pytest.fixture
def known(stores: Stores, clock: SetClock) -> "Known":
    return Known(stores, clock)


class Known:
    """Reads what is known, never a value of a moment ago."""

    def __init__(self, stores: Stores, clock: SetClock) -> None:
        self._stores = stores
        self._clock = clock

    async def read(self) -> KnownLengths:
        self._clock.advance(11)
        return await self._stores.attribute_lengths.read(APP)


async def count(redis: Redis) -> None:
    for shard in range(APP.shards):
        await run_phases(APP, shard, RowTerms(redis))


async def test_registration_imports_and_people_note_the_longest_values(
    redis: Redis, clock: SetClock, stores: Stores, known: Known
) -> None:
    await stores.registry.register(APP, [terminal("a", "x" * 9), terminal("b", "Ann"), terminal("c", "日本")])
    assert (await known.read()).of_terminals == {"name": Length(9, 9)}
    async with BulkRegistry(redis, clock, stores.registry).open(APP) as registration:
        await registration.register([terminal("d", "日本語日本語"), terminal("e", "y" * 11)])
    assert (await known.read()).of_terminals == {"name": Length(11, 18)}
    await stores.people.change(APP, "ann", {"city": "Roma", "points": 1250})
    assert (await known.read()).of_people == {"city": Length(4, 4), "points": Length(4, 4)}


async def test_only_a_count_of_all_rows_lowers_a_length(redis: Redis, stores: Stores, known: Known) -> None:
    """A store of an earlier version has rows that nobody noted; a count finds them, too."""
    await stores.registry.register(APP, [terminal("a", "x" * 40), terminal("b", "Annabel", user="ann")])
    await stores.people.change(APP, "ann", {"city": "Rome"})
    await redis.delete(*KEYS)
    assert await known.read() == KnownLengths()
    await count(redis)
    assert await known.read() == KnownLengths({"name": Length(40, 40)}, {"city": Length(4, 4)}, True)
    await stores.registry.forget(APP, ["a"])
    assert (await known.read()).of_terminals == {"name": Length(40, 40)}
    await count(redis)
    assert (await known.read()).of_terminals == {"name": Length(7, 7)}


async def test_what_is_written_while_rows_are_counted_is_not_lost(redis: Redis, stores: Stores) -> None:
    app = App("one")
    await stores.registry.register(
        app, [terminal("a", "x" * 40), structs.replace(terminal("b", "Bob"), vendor="fcm")]
    )
    await stores.registry.forget(app, ["a"])
    steps = RowTerms(redis).run(app, 0, 0)
    await anext(steps)
    await stores.registry.register(app, [terminal("c", "y" * 30)])  # in the block that was counted
    async for _ in steps:
        pass
    assert (await stores.attribute_lengths.read(app)).of_terminals == {"name": Length(30, 30)}


async def test_a_count_that_another_version_interrupted_lowers_nothing(redis: Redis, stores: Stores) -> None:
    app = App("one")
    await stores.registry.register(app, [terminal("a", "x" * 40)])
    key = f"{tag(app, 0)}:attributes"
    await redis.hset(key, "a:name", "99 99")
    # Another process looked after the rows in between, and counted none.
    await redis.hset(key, mapping={"+": 0})
    async for _ in RowTerms(redis).run(app, 0, 1):
        pass
    assert (await stores.attribute_lengths.read(app)).of_terminals == {"name": Length(99, 99)}
    assert not (await stores.attribute_lengths.read(app)).is_complete


async def test_what_was_just_read_is_not_read_again(stores: Stores, clock: SetClock) -> None:
    first = await stores.attribute_lengths.read(APP)
    await stores.registry.register(APP, [terminal("a", "Ann")])
    assert await stores.attribute_lengths.read(APP) is first
    clock.advance(11)
    assert (await stores.attribute_lengths.read(APP)).of_terminals == {"name": Length(3, 3)}
