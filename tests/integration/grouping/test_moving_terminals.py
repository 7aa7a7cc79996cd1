"""Audiences are exact while terminals register, change, move between groups and are forgotten
during the reading.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.moving import Change, MovingRegistry, named
from tests.support.plain_terminals import (
    DAYS,
    VENDORS,
    PlainTerminal,
    expressions,
    holds,
    plain_nodes,
    terminals,
)

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    ByUser,
    Everyone,
    HasTag,
    Not,
    OnePerUser,
    Sample,
    nodes_of,
)
from pushgate.grouping.sampling import Share
from pushgate.stores import Stores

USERS = {"a": "ann", "b": "ann", "c": "bob", "d": None, "e": "ann", "f": "bob"}
"""The terminals, each with its user."""
SEED = "message"

fixed_nodes: st.SearchStrategy[Audience] = st.one_of(
    st.just(Everyone()),
    st.lists(st.sampled_from(sorted(USERS)), max_size=3).map(lambda ids: ByTerminal(tuple(ids))),
    st.lists(st.sampled_from(["ann", "bob", "nobody"]), max_size=2).map(lambda users: ByUser(tuple(users))),
)
"""Nodes that hold a terminal in all its states or in none."""
samples = st.builds(Sample, st.sampled_from([0.3, 0.7]), st.none() | st.just("own"), fixed_nodes)
audiences = expressions(st.one_of(plain_nodes, fixed_nodes, samples))
changes = st.builds(
    lambda name, terminal, coarseness, is_forgotten: Change(
        named(terminal, name, USERS[name]), coarseness, is_forgotten
    ),
    st.sampled_from(sorted(USERS)),
    terminals,
    st.integers(0, 2),
    st.integers(0, 5).map(lambda number: number == 0),
)


def leaf(node: Audience, terminal: PlainTerminal) -> bool:
    """What nodes hold that name terminals."""
    match node:
        case ByTerminal(ids):
            return terminal.id in ids
        case ByUser(users):
            return terminal.user in users
        case Sample(share, seed, of):
            return Share(share, seed or SEED).holds(terminal.id) and holds(of, terminal, leaf)
    raise AssertionError(f"no leaf: {node}")


@pytest.fixture
async def registry(redis: Redis, clock: SetClock, app: App) -> MovingRegistry:
    """The registry of an app whose groups are in several ranges."""
    registry = MovingRegistry(redis, Stores.open(redis, clock, timedelta(days=30)), app)
    await registry.open_groups()
    return registry


@pytest.fixture
def app() -> App:
    return App("shop")


async def resolve(registry: MovingRegistry, audience: Audience, between: list[list[Change]]) -> list[str]:
    """The ids of the terminals that an audience holds, as often as it holds them."""
    held: list[str] = []
    async for shard, selection in registry.begin(between).resolve(registry.app, audience, SEED):
        slots = [slot for bits in selection.values() for slot in bitmaps.slots(bits)]
        held += (await registry.stores.holders.ids(registry.app, shard, slots)).values()
    return held


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    before=st.lists(changes, max_size=8),
    between=st.lists(st.lists(changes, max_size=3), max_size=12),
    audience=audiences,
)
async def test_a_terminal_is_held_once_and_never_missed_whatever_happens_meanwhile(
    registry: MovingRegistry, before: list[Change], between: list[list[Change]], audience: Audience
) -> None:
    await registry.clear()
    await registry.apply(before)
    held = Counter(await resolve(registry, audience, between))
    has_sample = any(isinstance(node, Sample) for node in nodes_of(audience))
    for name in USERS:
        matches = [None if state is None else holds(audience, state, leaf) for state in registry.states(name)]
        came_or_went = None in matches
        assert came_or_went or held[name] <= 1
        if True not in matches and not (came_or_went and has_sample):
            assert held[name] == 0, "it was not in the audience at any time"
        if set(matches) == {True}:
            assert held[name] == 1, "it was in the audience all the time"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=st.lists(changes, max_size=10), audience=audiences)
async def test_in_a_registry_at_rest_an_audience_holds_what_a_plain_reading_does(
    registry: MovingRegistry, before: list[Change], audience: Audience
) -> None:
    await registry.clear()
    await registry.apply(before)
    expected = [name for name, state in registry.terminals.items() if holds(audience, state, leaf)]
    assert sorted(await resolve(registry, audience, [])) == sorted(expected)
    count = await registry.resolver().count(registry.app, audience, SEED, by_timezone=True)
    assert count.total == len(expected)
    zones = Counter(registry.terminals[name].timezone for name in expected)
    assert count.timezones == zones


_ALL = frozenset(USERS)
_EVERYWHERE: list[tuple[Audience, frozenset[str]]] = [
    (Everyone(), _ALL),
    (Sample(1.0, None, Everyone()), _ALL),
    (Not(Sample(1.0, None, Everyone())), frozenset()),
    (Sample(1.0, None, HasTag("vip")), _ALL),
    (OnePerUser(Everyone()), frozenset("acd")),
    (OnePerUser(Sample(1.0, None, HasTag("vip"))), frozenset("acd")),
    (AllOf((HasTag("vip"), OnePerUser(ByUser(("ann", "bob"))))), frozenset("ac")),
    (Not(OnePerUser(HasTag("vip"))), frozenset("bef")),
    (AnyOf((ByTerminal(("a", "b")), Not(ByUser(("ann",))))), frozenset("abcdf")),
]


@pytest.mark.parametrize(
    ("audience", "expected", "app"),
    [(*case, App("shop")) for case in _EVERYWHERE] + [(*case, App("shop", 2)) for case in _EVERYWHERE[4:6]],
)
async def test_moves_at_any_point_of_the_reading_change_nothing(
    registry: MovingRegistry, audience: Audience, expected: frozenset[str]
) -> None:
    """All terminals move to the other vendor together, which is a group of another range."""
    plain = {name: named(_VIP, name, user) for name, user in USERS.items()}
    for at in range(100):
        vendor, other = VENDORS[at % 2], VENDORS[(at + 1) % 2]
        await registry.apply([Change(replace(one, vendor=vendor)) for one in plain.values()])
        moves = [Change(replace(one, vendor=other)) for one in plain.values()]
        assert sorted(await resolve(registry, audience, [[]] * at + [moves])) == sorted(expected)
        if registry.terminals["a"].vendor == vendor:
            return  # the reading ended before
    raise AssertionError("the reading has no end")


_VIP = PlainTerminal(
    id="", vendor="", language="en", seen=DAYS[0], registered=DAYS[0], tags=frozenset({"vip"})
)
