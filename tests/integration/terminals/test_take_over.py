"""A push token has one terminal, whatever happens while another terminal takes it over."""

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import timedelta
from typing import cast

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.redis_work import work
from tests.support.registered import by_group

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.terminal import Group, Terminal
from pushgate.redis.hash_tags import shard_of, tag
from pushgate.stores import Stores
from pushgate.terminals.registry import Registry
from pushgate.terminals.token_owners import TokenOwners
from pushgate.terminals.tokens import digest

BATCH = 500


async def owners_of(redis: Redis, app: App, token: str) -> list[bytes]:
    """The owners that the index lists for a token."""
    key = digest(token)
    head = tag(app, shard_of(app, key.hex()))
    listed = await cast("Awaitable[bytes | None]", redis.hget(f"{head}:owners:{key[:2].hex()}", key))
    return listed.split(b"\n") if listed else []


async def test_one_token_named_by_thousands_of_terminals_costs_each_the_same(
    stores: Stores, redis: Redis
) -> None:
    app = App("taken")
    same = [Terminal(f"t{n:06d}", "apns", "same", "en") for n in range(2000)]
    first = await work(redis, stores.registry.register(app, same[:BATCH]))
    last = await work(redis, stores.registry.register(app, same[BATCH : 2 * BATCH]))
    assert last.answered < 50_000
    assert last.written < 2 * first.written + 1000
    assert await owners_of(redis, app, "same") == [b"t000999"]
    one = await work(redis, stores.registry.register(app, [same[-1]]))
    assert one.written < 2000
    assert await by_group(stores, app) == {Group("apns", "en"): 1}
    assert (await stores.registry.read(app, "t001999")).token == "same"


async def test_one_of_the_terminals_that_take_a_token_at_the_same_time_has_it(
    stores: Stores, redis: Redis
) -> None:
    app = App("race")
    racers = [Terminal(f"t{n}", "apns", "same", "en") for n in range(40)]
    await asyncio.gather(*(stores.registry.register(app, [racer]) for racer in racers))
    owners = await owners_of(redis, app, "same")
    assert len(owners) == 1
    assert await by_group(stores, app) == {Group("apns", "en"): 1}
    assert (await stores.registry.read(app, owners[0].decode())).token == "same"


async def test_an_index_entry_lists_a_few_at_most_while_a_token_is_taken_over(redis: Redis) -> None:
    app = App("crash")
    for n in range(20):  # whoever registers dies each time before the others are forgotten
        await TokenOwners(redis).take_over(app, [(digest("same"), f"t{n}")])
    assert await owners_of(redis, app, "same") == [f"t{n}".encode() for n in range(19, 11, -1)]


async def test_a_take_over_after_crashes_forgets_all_former_owners(
    stores: Stores, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App("crash", 2)

    async def die(*_: object) -> None:
        raise EngineUnavailable("killed")

    for n in range(7):
        with monkeypatch.context() as patched, contextlib.suppress(EngineUnavailable):
            patched.setattr(stores.registry, "_forget", die)
            await stores.registry.register(app, [Terminal(f"t{n}", "apns", "same", "en")])
    await stores.registry.register(app, [Terminal("last", "apns", "same", "en")])
    assert await by_group(stores, app) == {Group("apns", "en"): 1}
    assert await owners_of(redis, app, "same") == [b"last"]


async def test_one_of_two_terminals_that_forget_each_other_keeps_the_token(
    stores: Stores, redis: Redis, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, old, new = (
        App("race", 2),
        Terminal("old", "apns", "same", "en"),
        Terminal("new", "apns", "same", "en"),
    )
    await stores.registry.register(app, [old])
    other, owners = Registry(redis, clock, timedelta(days=30)), stores.registry._owners
    take_over, met = owners.take_over, 0

    async def met_in_between(*args: object) -> list[list[str]]:
        nonlocal met
        others = await take_over(*args)  # type: ignore[arg-type]  # passed on as they are
        met += 1
        if met == 1:
            await other.register(app, [old])
        return others

    monkeypatch.setattr(owners, "take_over", met_in_between)
    await stores.registry.register(app, [new])
    assert await by_group(stores, app) == {Group("apns", "en"): 1}
    assert (await stores.registry.read(app, "new")).token == "same"
    assert await owners_of(redis, app, "same") == [b"new"]
