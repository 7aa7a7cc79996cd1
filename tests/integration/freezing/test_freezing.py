"""Frozen audiences hold the terminals of one instant, whatever happens to these meanwhile."""

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.freezing import finish, held, in_portions
from tests.support.registry_laws import check_registry

from pushgate.domain.app import App
from pushgate.domain.audience import AllOf, Audience, Frozen, HasTag, InLanguage, Not, Saved
from pushgate.domain.errors import Conflict, InvalidRequest, NotFound
from pushgate.domain.ranges import slots_of
from pushgate.domain.terminal import Terminal
from pushgate.freezing.freeze import Freeze, FreezeState
from pushgate.freezing.freezing import EVALUATION_TIME, MAX_FROZEN
from pushgate.freezing.unmarked_slots import UnmarkedSlots
from pushgate.stores import Stores
from pushgate.terminals.frozen_names import FrozenNames

APP = App("shop", 2)
VIP = HasTag("vip")
IDS = [f"t{number}" for number in range(8)]
_apps = itertools.count()


def terminal(terminal_id: str, language: str = "en", tags: tuple[str, ...] = ("vip",)) -> Terminal:
    return Terminal(terminal_id, "apns", f"k-{terminal_id}", language, tags=tags)


async def register(stores: Stores, count: int) -> None:
    await stores.registered_apps.ensure_app(APP)
    await stores.registry.register(APP, [terminal(f"t{number}") for number in range(count)])


async def left_behind(redis: Redis, app: App) -> list[bytes]:
    """Keys that only an unfinished freezing needs."""
    return [key async for key in redis.scan_iter(f"{{{app.name}:*}}:freezing:*")]


async def die_in_step(redis: Redis, stores: Stores, app: App, key: str) -> None:
    """Name the slots of a portion without noting it."""
    unmarked = UnmarkedSlots(redis)
    for shard in range(app.shards):
        if found := await unmarked.first(app, shard, key):
            await FrozenNames(redis).add(app, shard, key, slots_of(*found)[:2])


@dataclass(frozen=True)
class Event:
    """A terminal is registered in a language with or without the tag, or forgotten."""

    id: str
    language: str
    is_vip: bool
    is_forgotten: bool


events = st.builds(
    Event,
    st.sampled_from(IDS),
    st.sampled_from(["en", "zh-Hans", "ja"]),
    st.booleans(),
    st.integers(0, 3).map(lambda number: number == 0),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(events, max_size=12),
    meanwhile=st.lists(st.lists(events, max_size=3), max_size=8),
    repeated=st.lists(st.booleans(), max_size=8),
    size=st.integers(1, 3),
)
async def test_it_holds_who_was_in_it_then_and_was_not_forgotten_since(
    redis: Redis,
    stores: Stores,
    clock: SetClock,
    before: list[Event],
    meanwhile: list[list[Event]],
    repeated: list[bool],
    size: int,
) -> None:
    app = App(f"shop{next(_apps)}", 2)
    known: dict[str, bool] = {}
    frozen: set[str] = set()

    async def happen(event: Event) -> None:
        if event.is_forgotten:
            await stores.registry.forget(app, [event.id])
            known.pop(event.id, None)
            frozen.discard(event.id)
        else:
            tags = ("vip",) if event.is_vip else ()
            await stores.registry.register(app, [terminal(event.id, event.language, tags)])
            known[event.id] = event.is_vip

    for event in before:
        await happen(event)
    freezing = in_portions(redis, stores, clock, size)
    key = (await freezing.freeze(app, "then", VIP, "audience")).key
    frozen |= {terminal_id for terminal_id, is_vip in known.items() if is_vip}
    died = iter(repeated)
    for some in meanwhile:
        for event in some:
            await happen(event)
        if next(died, False):
            await die_in_step(redis, stores, app, key)
        await freezing.step(app, key)
    await finish(freezing, app, key)
    for event in itertools.chain.from_iterable(meanwhile):
        await happen(event)
    assert await held(stores, app, Saved("then")) == frozen
    assert await held(stores, app, Not(Saved("then"))) == set(known) - frozen
    await check_registry(redis, app)
    await stores.saved_audiences.delete(app, "then")
    for event in itertools.chain.from_iterable(meanwhile):
        await happen(event)
        await freezing.step(app, key)
    await finish(freezing, app, key)
    assert await held(stores, app, Frozen(key)) == set()
    await check_registry(redis, app)
    assert await left_behind(redis, app) == []


async def test_any_expression_can_be_frozen_others_included(stores: Stores) -> None:
    await register(stores, 20)
    await stores.registry.register(APP, [terminal(f"c{number}", "zh-Hans") for number in range(7)])
    rule: Audience = AllOf((VIP, Not(InLanguage("zh"))))
    first = await stores.freezing.freeze(APP, "first", rule, "audience")
    assert (first.state, first.terminals) == (FreezeState.FROZEN, 20)
    await stores.registry.register(APP, [terminal("new")])
    await stores.freezing.freeze(APP, "second", AllOf((VIP, Not(Saved("first")))), "audience")
    assert await held(stores, APP, Saved("second")) == {"new", *(f"c{number}" for number in range(7))}
    # The name may be used in the audience that takes it.
    await stores.freezing.freeze(APP, "first", Not(Saved("first")), "audience")
    assert await held(stores, APP, Saved("first")) == await held(stores, APP, Saved("second"))


async def test_the_name_keeps_its_audience_until_all_terminals_are_marked(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    await register(stores, 9)
    await stores.saved_audiences.save(APP, "vip", InLanguage("ja"), "audience")
    freezing = in_portions(redis, stores, clock, 2)
    freeze = await freezing.freeze(APP, "vip", VIP, "audience")
    assert freeze.state is FreezeState.MARKING
    seen: list[int] = []
    while not (await freezing.step(APP, freeze.key)).is_over:
        assert await held(stores, APP, Saved("vip")) == set()
        found = await freezing.find(APP, "vip", None)
        assert found
        seen.append(found.marked)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (2, 9)
    assert len(await held(stores, APP, Saved("vip"))) == 9


async def test_a_name_is_frozen_by_one_call_at_a_time_and_can_be_stopped(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    await register(stores, 9)
    freezing = in_portions(redis, stores, clock, 2)
    freeze = await freezing.freeze(APP, "vip", VIP, "audience")
    await freezing.step(APP, freeze.key)
    with pytest.raises(Conflict):
        await freezing.freeze(APP, "vip", VIP, "audience")
    with pytest.raises(Conflict):
        await freezing.require_unchanging(APP, "vip")
    await freezing.require_unchanging(APP, "other")
    assert await freezing.stop(APP, "vip")
    assert not await freezing.stop(APP, "vip")
    await finish(freezing, APP, freeze.key)
    assert await held(stores, APP, Frozen(freeze.key)) == set()
    assert (await freezing.records.of_app("shop")).by_key == {}
    with pytest.raises(NotFound):
        await stores.saved_audiences.find(APP, "vip")
    assert await left_behind(redis, APP) == []


async def test_who_was_slow_names_nobody_once_the_names_are_taken(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    """As a request that marks its terminals itself, or a scheduler that lost its claim."""
    await register(stores, 9)
    freezing = in_portions(redis, stores, clock, 2)
    key = (await freezing.freeze(APP, "vip", VIP, "audience")).key
    unmarked, names = UnmarkedSlots(redis), FrozenNames(redis)
    read = [(shard, await unmarked.first(APP, shard, key)) for shard in range(APP.shards)]
    await freezing.stop(APP, "vip")
    await finish(freezing, APP, key)
    for shard, found in read:
        assert found
        assert await names.add(APP, shard, key, slots_of(*found)) == 0
    assert await held(stores, APP, Frozen(key)) == set()
    await check_registry(redis, APP)


async def test_an_evaluation_that_died_is_given_up(redis: Redis, stores: Stores, clock: SetClock) -> None:
    await register(stores, 3)
    freezing = in_portions(redis, stores, clock, 2)
    freeze = await freezing.freeze(APP, "vip", VIP, "audience")

    def dying(found: Freeze) -> Freeze:
        return structs.replace(found, state=FreezeState.EVALUATING)

    await freezing.records.change("shop", freeze.key, dying, clock.now() + EVALUATION_TIME)
    assert await freezing.records.claim(clock.now(), clock.now() + EVALUATION_TIME) is None
    clock.advance(EVALUATION_TIME.total_seconds())
    claim = await freezing.records.claim(clock.now(), clock.now() + EVALUATION_TIME)
    assert claim
    assert claim.key == freeze.key
    await finish(freezing, APP, freeze.key)
    assert (await freezing.records.of_app("shop")).by_key == {}
    assert await left_behind(redis, APP) == []


async def test_an_app_has_a_limited_number_of_frozen_audiences(stores: Stores) -> None:
    await register(stores, 2)
    for number in range(MAX_FROZEN):
        await stores.freezing.freeze(APP, f"f{number}", VIP, "audience")
    with pytest.raises(Conflict, match="100 audiences are frozen"):
        await stores.freezing.freeze(APP, "more", VIP, "audience")
    tags = tuple(f"tag{number}" for number in range(64))
    await stores.registry.register(APP, [Terminal("t0", "apns", "k", "fr", tags=tags, timezone="Asia/Tokyo")])
    assert await held(stores, APP, Saved("f99")) == {"t0", "t1"}


async def test_an_audience_that_cannot_be_saved_is_not_frozen(stores: Stores) -> None:
    await register(stores, 2)
    for number in range(1000):
        await stores.saved_audiences.save(APP, f"a{number}", VIP, "audience")
    with pytest.raises(InvalidRequest):
        await stores.freezing.freeze(APP, "more", VIP, "audience")
    assert (await stores.freezing.records.of_app("shop")).by_key == {}
