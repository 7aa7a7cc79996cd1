"""What audiences hold: users of many terminals, user attributes, lists, and what is counted."""

import pytest
from redis.asyncio import Redis
from tests.support.redis_work import work

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    ByUser,
    Everyone,
    HasAttribute,
    HasTag,
    InTimezone,
    Not,
)
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.terminal import Group, Terminal
from pushgate.grouping.resolution import Sources
from pushgate.grouping.resolver import AudienceResolver
from pushgate.stores import Stores
from pushgate.terminals.term_reader import TermReader

MANY = 70
"""More terminals than those of which a user's slots are kept together."""


@pytest.fixture(params=[1, 3])
def app(request: pytest.FixtureRequest) -> App:
    return App("shop", request.param)


async def held(stores: Stores, app: App, audience: Audience) -> set[str]:
    """The ids of the terminals that an audience holds."""
    found: set[str] = set()
    async for shard, selection in stores.resolver.resolve(app, audience, ""):
        slots = [slot for bits in selection.values() for slot in bitmaps.slots(bits)]
        found |= set((await stores.holders.ids(app, shard, slots)).values())
    return found


async def test_a_user_of_many_terminals_stands_for_all_of_them(stores: Stores, app: App) -> None:
    fleet = [
        Terminal(f"f{n}", ("apns", "fcm")[n % 2], f"f{n}", "en", user="fleet", tags=("even",) * (n % 2 == 0))
        for n in range(MANY * app.shards * 2)
    ]
    await stores.registry.register(app, [*fleet, Terminal("own", "fcm", "own", "en", user="ann")])
    everyone = {terminal.id for terminal in fleet}
    listed = ByUser(("fleet", "ann", "nobody"))
    assert await held(stores, app, listed) == everyone | {"own"}
    selections = await stores.resolver.locate(app, listed)
    assert sum(bitmaps.count(bits) for one in selections for bits in one.values()) == len(everyone) + 1
    assert await held(stores, app, Not(listed)) == set()
    even = {terminal.id for terminal in fleet if terminal.tags}
    assert await held(stores, app, AllOf((listed, HasTag("even")))) == even
    assert await held(stores, app, AnyOf((ByUser(("ann",)), HasTag("even")))) == even | {"own"}


async def test_an_attribute_is_the_terminals_or_its_users(stores: Stores, app: App) -> None:
    await stores.registry.register(
        app,
        [
            Terminal("a", "apns", "a", "en", user="ann"),
            Terminal("b", "apns", "b", "en", user="bob", attributes={"plan": "gold"}),
            Terminal("c", "apns", "c", "en", attributes={"plan": 1}),
            Terminal("d", "apns", "d", "en", attributes={"plan": True}),
        ],
    )
    await stores.people.change(app, "ann", {"plan": "gold"})
    assert await held(stores, app, HasAttribute("plan", ("gold",))) == {"a", "b"}
    assert await held(stores, app, HasAttribute("plan", ("gold", 1))) == {"a", "b", "c"}
    assert await held(stores, app, HasAttribute("plan", (True,))) == {"d"}


async def test_a_list_is_counted_without_reading_other_ranges(stores: Stores, redis: Redis) -> None:
    app = App("wide")
    await stores.registry.register(
        app, [Terminal(f"t{n}", "apns", f"t{n}", f"l{n}", timezone="Asia/Tokyo") for n in range(200)]
    )

    async def count(audience: Audience, expected: int) -> None:
        counted = await stores.resolver.count(app, audience, "", by_timezone=True)
        assert (counted.total, counted.timezones) == (expected, {"Asia/Tokyo": expected})

    await work(redis, count(Everyone(), 200))
    few = await work(redis, count(AllOf((ByTerminal(("t1", "t2", "t199")), Not(ByTerminal(("t2",))))), 2))
    everyone = await work(redis, count(Everyone(), 200))
    assert few.calls["evalsha"] < everyone.calls["evalsha"], "although lists are located"


async def test_an_audience_is_counted_by_group_and_timezone(stores: Stores, app: App) -> None:
    await stores.registry.register(
        app,
        [
            Terminal("a", "apns", "a", "en", timezone="Asia/Tokyo"),
            Terminal("b", "apns", "b", "en", timezone="Europe/Berlin"),
            Terminal("c", "fcm", "c", "de"),
            Terminal("d", "fcm", "d", "de", timezone="Europe/Berlin"),
        ],
    )
    counted = await stores.resolver.count(app, Not(InTimezone("Asia/Tokyo")), "", by_timezone=True)
    assert counted.total == 3
    assert counted.groups == {Group("apns", "en"): 1, Group("fcm", "de"): 2}
    assert counted.timezones == {"Europe/Berlin": 2, None: 1}
    assert (await stores.resolver.count(app, HasTag("vip"), "")).total == 0


async def test_more_moves_than_the_registry_remembers_are_told_as_an_outage(
    stores: Stores, redis: Redis, app: App
) -> None:
    """Of some terminals nobody knows then whether they were read: planning is tried again."""

    class Forgetful(TermReader):
        async def moves_since(self, app: App, shard: int, total: int) -> list[tuple[int, int]] | None:
            return None

    await stores.registry.register(app, [Terminal("a", "apns", "a", "en")])
    sources = Sources(
        terms=Forgetful(redis),
        locations=stores.locations,
        holders=stores.holders,
        outcome_terms=stores.outcome_terms,
    )
    with pytest.raises(EngineUnavailable):
        await AudienceResolver(sources).count(app, Everyone(), "")
