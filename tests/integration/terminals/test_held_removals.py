"""Terminals whose removal is held are listed in a bounded list, until somebody decides."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.held_removals import held_removals, hold

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores
from pushgate.terminals import held_removals as module

APP = App("shop", 2)
LONG = timedelta(seconds=60)


@pytest.fixture
async def stores(redis: Redis, clock: SetClock) -> Stores:
    found = Stores.open(redis, clock, timedelta(days=30))
    await found.registered_apps.ensure_app(APP)
    return found


async def test_held_terminals_are_listed_once_with_code_and_instant(stores: Stores, clock: SetClock) -> None:
    first = clock.now()
    await hold(stores, APP, "fcm", range(3), "UNREGISTERED")
    clock.advance(60)
    await hold(stores, APP, "fcm", range(2, 5), "UNREGISTERED")
    assert await held_removals(stores) == {("shop", "fcm"): 5}
    found = await stores.held_removals.page(APP, "fcm", "", 10)
    assert [one.terminal_id for one in found] == [f"fcm-{n}" for n in range(5)]
    assert {one.code for one in found} == {"UNREGISTERED"}
    assert [one.since == first for one in found] == [True] * 3 + [False] * 2
    assert [one.terminal_id for one in await stores.held_removals.page(APP, "fcm", "fcm-1", 2)] == [
        "fcm-2",
        "fcm-3",
    ]


async def test_what_finds_no_room_is_counted(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HELD", 4)
    await hold(stores, APP, "fcm", range(6))
    assert await stores.held_removals.count(APP, "fcm") == (4, 2)


async def test_a_confirmed_removal_spares_terminals_with_another_token_and_later_ones(
    stores: Stores, clock: SetClock
) -> None:
    await hold(stores, APP, "fcm", range(250))
    await stores.registry.register(APP, [Terminal("fcm-7", "fcm", "renewed", "en")])
    await stores.registry.forget(APP, ["fcm-8"])
    await stores.confirmed_removals.confirm(APP, "fcm")
    clock.advance(1)
    await hold(stores, APP, "fcm", [999])
    done = await stores.confirmed_removals.work(APP, "fcm", LONG)
    assert done
    assert (done.held, done.removed, done.kept) == (250, 248, 2)
    assert done.ended_at == clock.now()
    assert [one.terminal_id for one in await stores.held_removals.page(APP, "fcm", "", 10)] == ["fcm-999"]
    assert (await stores.registry.read(APP, "fcm-7")).token == "renewed"
    assert await stores.confirmed_removals.unfinished() == []


async def test_a_removal_goes_on_where_it_was_interrupted(stores: Stores) -> None:
    await hold(stores, APP, "fcm", range(250))
    await stores.confirmed_removals.confirm(APP, "fcm")
    part = await stores.confirmed_removals.work(APP, "fcm", timedelta(0))
    assert part
    assert (part.removed, part.ended_at) == (100, None)
    assert await stores.confirmed_removals.unfinished() == [("shop", "fcm")]
    done = await stores.confirmed_removals.work(APP, "fcm", LONG)
    assert done
    assert done.removed == 250
