"""Of each user's terminals the one last seen, over all shards of an app."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.redis_work import work

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import AllOf, Audience, Everyone, HasTag, Not, OnePerUser, Sample
from pushgate.domain.terminal import Terminal
from pushgate.grouping import one_per_user
from pushgate.grouping.sampling import Share
from pushgate.stores import Stores

START = datetime(2026, 11, 1, tzinfo=UTC)
_runs = iter(range(10**9))

people = st.lists(
    st.tuples(
        st.none() | st.sampled_from(["ann", "bob", "cy"]),
        st.sampled_from(["apns", "fcm"]),
        st.booleans(),
        st.integers(0, 2),
    ),
    max_size=14,
)
"""Terminals: user, vendor, whether it has the tag, and when it was last seen."""


async def ids(stores: Stores, app: App, audience: Audience) -> list[str]:
    """The ids of the terminals that an audience holds."""
    found: list[str] = []
    async for shard, selection in stores.resolver.resolve(app, audience, "seed"):
        slots = [slot for bits in selection.values() for slot in bitmaps.slots(bits)]
        found += (await stores.holders.ids(app, shard, slots)).values()
    return sorted(found)


def chosen(terminals: list[Terminal]) -> list[str]:
    """One terminal of each user, and all without one."""
    best: dict[str, Terminal] = {}
    for terminal in sorted(terminals, key=lambda one: (-_seen(one), one.id)):
        best.setdefault(terminal.user or f"{terminal.id} alone", terminal)
    return sorted(terminal.id for terminal in best.values())


def _seen(terminal: Terminal) -> float:
    assert terminal.last_seen is not None
    return terminal.last_seen.timestamp()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=people, shards=st.sampled_from([1, 3]), per_pass=st.sampled_from([1, 250_000]))
async def test_of_each_users_terminals_the_one_last_seen_is_held(
    stores: Stores,
    monkeypatch: pytest.MonkeyPatch,
    people: list[tuple[str | None, str, bool, int]],
    shards: int,
    per_pass: int,
) -> None:
    """In one pass and in many, wherever the node stands."""
    monkeypatch.setattr(one_per_user, "_TERMINALS_PER_PASS", per_pass)
    app = App(f"shop{next(_runs)}", shards)
    terminals = [
        Terminal(
            f"t{number}",
            vendor,
            f"token-{number}",
            "en",
            user=user,
            tags=("vip",) if is_vip else (),
            last_seen=START + timedelta(seconds=seen),
        )
        for number, (user, vendor, is_vip, seen) in enumerate(people)
    ]
    await stores.registry.register(app, terminals)
    vips = [terminal for terminal in terminals if terminal.tags]
    assert await ids(stores, app, OnePerUser(Everyone())) == chosen(terminals)
    assert await ids(stores, app, OnePerUser(HasTag("vip"))) == chosen(vips)
    both = AllOf((HasTag("vip"), OnePerUser(Everyone())))
    assert await ids(stores, app, both) == sorted({one.id for one in vips} & set(chosen(terminals)))
    others = await ids(stores, app, Not(OnePerUser(HasTag("vip"))))
    assert others == sorted({one.id for one in terminals} - set(chosen(vips)))
    half = [one for one in vips if Share(0.5, "seed").holds(one.id)]
    assert await ids(stores, app, OnePerUser(Sample(0.5, None, HasTag("vip")))) == chosen(half)
    again = {name for name in chosen(vips) if Share(0.5, "own").holds(name)}
    assert await ids(stores, app, Sample(0.5, "own", OnePerUser(HasTag("vip")))) == sorted(again)


async def test_rows_are_read_only_of_users_with_several_terminals(stores: Stores, redis: Redis) -> None:
    app = App("many")
    alone = [Terminal(f"a{n}", "apns", f"a{n}", "en", user=f"user-{n}") for n in range(300)]
    shared = [Terminal(f"s{n}", "fcm", f"s{n}", "en", user=f"shared-{n // 2}") for n in range(20)]
    await stores.registry.register(app, alone + shared)

    async def count() -> None:
        assert (await stores.resolver.count(app, OnePerUser(Everyone()), "")).total == 310

    done = await work(redis, count())
    assert done.calls.get("hmget", 0) + done.calls["hgetall"] == 1, "the twenty are in one chunk"
