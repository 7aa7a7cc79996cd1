"""The registry keeps terminals grouped, each token with one owner, and no slot for two terminals at
a time.
"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from tests.support.clock import SetClock
from tests.support.registered import alive, by_group

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.errors import NotFound
from pushgate.domain.message import MAX_TTL
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group, Terminal
from pushgate.stores import Stores
from pushgate.terminals.registry import DeadToken
from pushgate.terminals.tokens import Tokens

RETENTION = timedelta(days=30)


@pytest.fixture(params=[1, 3], ids=["one shard", "three shards"])
def app(request: pytest.FixtureRequest) -> App:
    return App("shop", request.param)


def terminal(
    name: str, token: str | None = None, vendor: str = "apns", language: str = "en", user: str | None = None
) -> Terminal:
    return Terminal(name, vendor, token or f"token-{name}", language, user=user)


def without_times(known: Terminal) -> Terminal:
    return replace(known, last_seen=None, registered_at=None)


async def tokens_of(redis: Redis, stores: Stores, app: App) -> list[str]:
    """Every token that a push to everyone would reach."""
    found: list[str] = []
    for shard in range(app.shards):
        for group, bits in (await alive(stores, app))[shard].items():
            for block, slots in bits.items():
                read = await Tokens(redis).read(app, shard, "", group, block, slots)
                found += [token.decode() for token in read.values()]
    return sorted(found)


async def test_a_terminal_is_read_back_as_it_was_registered(stores: Stores, app: App) -> None:
    known = Terminal(
        id="t1",
        vendor="fcm",
        token="abc",
        language="zh-Hans",
        user="ann",
        tags=("vip", "new"),
        timezone="Asia/Shanghai",
    )
    (written,) = await stores.registry.register(app, [known])
    assert written.created
    assert without_times(await stores.registry.read(app, "t1")) == known


async def test_registering_again_changes_and_does_not_create(stores: Stores, app: App, redis: Redis) -> None:
    await stores.registry.register(app, [terminal("t1")])
    (written,) = await stores.registry.register(app, [terminal("t1", "other")])
    assert not written.created
    assert (await stores.registry.read(app, "t1")).token == "other"
    assert await tokens_of(redis, stores, app) == ["other"]


async def slots_of_users(stores: Stores, app: App, users: list[str]) -> list[SlotRef]:
    located = await stores.locations.locate_each_user(app, users)
    return [slot_ref for slots in located for slot_ref in slots or ()]


async def test_of_several_with_one_id_the_last_counts(stores: Stores, app: App, redis: Redis) -> None:
    written = await stores.registry.register(app, [terminal("t1", "a"), terminal("t2"), terminal("t1", "b")])
    assert [item.created for item in written] == [True, True, True]
    assert await tokens_of(redis, stores, app) == ["b", "token-t2"]


async def test_users_are_located_one_by_one_up_to_64_terminals_in_a_shard(stores: Stores, app: App) -> None:
    rows = [terminal(f"a{n}", user="ann") for n in range(3)] + [terminal("b", user="bob")]
    rows += [terminal(f"f{n}", user="fleet") for n in range(64 * app.shards + 40)]
    await stores.registry.register(app, rows)
    users = ["ann", "nobody", "fleet", "bob"]
    ann, nobody, fleet, bob = await stores.locations.locate_each_user(app, users)
    assert ann is not None
    assert len(set(ann)) == 3
    assert nobody == []
    assert fleet is None
    assert bob == (await stores.locations.locate(app, ["b"]))[0]
    assert len(await stores.locations.locate_each_user(app, ["ann"] * 300)) == 300


async def test_unknown_terminals_are_not_found(stores: Stores, app: App) -> None:
    with pytest.raises(NotFound):
        await stores.registry.read(app, "nobody")
    assert await stores.registry.forget(app, ["nobody"]) == 0
    assert await stores.locations.locate(app, ["nobody"]) == [[]]


async def test_a_forgotten_terminal_leaves_nothing_behind_but_its_slot(
    stores: Stores, app: App, redis: Redis
) -> None:
    await stores.registry.register(app, [terminal("t1", user="ann"), terminal("t2")])
    assert await stores.registry.forget(app, ["t1"]) == 1
    assert await tokens_of(redis, stores, app) == ["token-t2"]
    assert await slots_of_users(stores, app, ["ann"]) == []
    assert await stores.locations.locate_tokens(app, ["token-t1"]) == [[]]
    assert await by_group(stores, app) == {Group("apns", "en"): 1}


async def test_a_token_is_taken_over_by_its_newest_terminal(stores: Stores, app: App, redis: Redis) -> None:
    await stores.registry.register(app, [terminal("old", "same")])
    await stores.registry.register(app, [terminal("new", "same")])
    with pytest.raises(NotFound):
        await stores.registry.read(app, "old")
    assert await tokens_of(redis, stores, app) == ["same"]
    assert await stores.locations.locate_tokens(app, ["same"]) == await stores.locations.locate(app, ["new"])


async def test_two_terminals_of_one_import_with_one_token_leave_one(
    stores: Stores, app: App, redis: Redis
) -> None:
    await stores.registry.register(app, [terminal("a", "same"), terminal("b", "same")])
    assert await tokens_of(redis, stores, app) == ["same"]
    assert (await stores.registry.read(app, "b")).token == "same"


async def test_a_terminal_with_a_new_token_keeps_it_when_its_old_one_is_taken_over(
    stores: Stores, app: App
) -> None:
    await stores.registry.register(app, [terminal("a", "first")])
    await stores.registry.register(app, [terminal("a", "second")])
    await stores.registry.register(app, [terminal("b", "first")])
    assert (await stores.registry.read(app, "a")).token == "second"


async def test_a_new_language_moves_the_terminal_and_its_former_slot_is_remembered(
    stores: Stores, app: App
) -> None:
    await stores.registry.register(app, [terminal("t1", user="ann")])
    before = (await stores.locations.locate(app, ["t1"]))[0][0]
    await stores.registry.register(app, [terminal("t1", language="ja", user="ann")])
    now, former = (await stores.locations.locate(app, ["t1"]))[0]
    assert now.group == Group("apns", "ja")
    assert former == before
    assert await slots_of_users(stores, app, ["ann"]) == [now]
    assert await by_group(stores, app) == {Group("apns", "ja"): 1}


async def test_a_user_has_the_terminals_that_name_them_last(stores: Stores, app: App) -> None:
    await stores.registry.register(
        app, [terminal("a", user="ann"), terminal("b", user="ann"), terminal("c", user="bob")]
    )
    await stores.registry.register(app, [terminal("b", user="bob")])
    slot_refs = await stores.locations.locate(app, ["a", "b", "c"])
    assert await slots_of_users(stores, app, ["ann"]) == slot_refs[0]
    assert sorted(map(str, await slots_of_users(stores, app, ["bob"]))) == sorted(
        map(str, slot_refs[1] + slot_refs[2])
    )


async def test_a_freed_slot_is_not_used_again_before_its_receipts_have_expired(
    stores: Stores, clock: SetClock
) -> None:
    app = App("slots")
    await stores.registry.register(app, [terminal("old")])
    slot = (await stores.locations.locate(app, ["old"]))[0][0].slot
    await stores.registry.forget(app, ["old"])
    clock.advance((RETENTION + MAX_TTL).total_seconds() - 1)
    await stores.registry.register(app, [terminal("early")])
    assert (await stores.locations.locate(app, ["early"]))[0][0].slot != slot
    clock.advance(2)
    await stores.registry.register(app, [terminal("late")])
    assert (await stores.locations.locate(app, ["late"]))[0][0].slot == slot


async def test_the_terminal_of_a_dead_token_is_forgotten(stores: Stores, app: App) -> None:
    await stores.registry.register(app, [terminal("t1", "dead"), terminal("t2", "alive")])
    assert await stores.registry.forget_dead(app, "apns", [DeadToken("dead"), DeadToken("unknown")]) == 1
    with pytest.raises(NotFound):
        await stores.registry.read(app, "t1")
    assert (await stores.registry.read(app, "t2")).token == "alive"


async def test_a_terminal_registered_after_its_token_died_stays(
    stores: Stores, app: App, clock: SetClock
) -> None:
    died_at = clock.now()
    clock.advance(1)
    await stores.registry.register(app, [terminal("t1", "back")])
    assert await stores.registry.forget_dead(app, "apns", [DeadToken("back", died_at)]) == 0
    assert (await stores.registry.read(app, "t1")).token == "back"
    assert (
        await stores.registry.forget_dead(app, "apns", [DeadToken("back", died_at + timedelta(seconds=2))])
        == 1
    )


async def test_a_vendors_dead_token_leaves_other_vendors_terminals(stores: Stores, app: App) -> None:
    await stores.registry.register(app, [terminal("t1", "shared")])
    assert await stores.registry.forget_dead(app, "oppo", [DeadToken("shared")]) == 0
    assert (await stores.registry.read(app, "t1")).token == "shared"


async def test_the_number_of_shards_does_not_change(stores: Stores) -> None:
    assert await stores.registered_apps.ensure_app(App("fixed", 4)) == App("fixed", 4)
    assert await stores.registered_apps.ensure_app(App("fixed", 8)) == App("fixed", 4)


async def test_registries_of_a_thousand_apps_take_few_round_trips(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    send = AbstractConnection.send_packed_command

    async def counted(connection: AbstractConnection, command: bytes, check_health: bool = True) -> None:
        sent.append(command)
        await send(connection, command, check_health)

    await stores.registered_apps.ensure_app(App("app-7", 4))
    monkeypatch.setattr(AbstractConnection, "send_packed_command", counted)
    created = await stores.registered_apps.ensure_apps([App(f"app-{n}", 2) for n in range(1000)])
    assert len(sent) <= 4
    assert [app.name for app in created if app.shards == 4] == ["app-7"]
    assert len(await stores.registered_apps.all_apps()) == 1000


async def test_many_terminals_fill_several_blocks(stores: Stores, redis: Redis) -> None:
    app = App("many")
    await stores.registry.register(app, [terminal(f"t{n}") for n in range(2500)])
    (in_use,) = await alive(stores, app)
    assert {block: bits.bit_count() for block, bits in in_use[Group("apns", "en")].items()} == {
        0: 1024,
        1: 1024,
        2: 452,
    }
    assert await tokens_of(redis, stores, app) == sorted(f"token-t{n}" for n in range(2500))
    some = await Tokens(redis).read(app, 0, "", Group("apns", "en"), 1, 0b101)
    assert set(some) == {0, 2}


names = st.sampled_from(["a", "b", "c", "d"])
registrations = st.builds(
    terminal,
    names,
    token=st.sampled_from(["w", "x", "y", "z"]),
    vendor=st.sampled_from(["apns", "fcm"]),
    language=st.sampled_from(["en", "ja"]),
    user=st.none() | st.sampled_from(["ann", "bob"]),
)
steps = st.lists(st.lists(registrations, min_size=1, max_size=3) | names, max_size=12)
_runs = iter(range(10**9))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, shards=st.integers(1, 3))
async def test_the_registry_equals_a_list_after_any_registrations(
    redis: Redis, clock: SetClock, steps: list[list[Terminal] | str], shards: int
) -> None:
    app, stores = App(f"law{next(_runs)}", shards), Stores.open(redis, clock, RETENTION)
    expected: dict[str, Terminal] = {}
    for step in steps:
        if isinstance(step, str):
            assert await stores.registry.forget(app, [step]) == (1 if expected.pop(step, None) else 0)
            continue
        await stores.registry.register(app, step)
        batch = {item.id: item for item in step}
        expected |= batch
        last = {item.id: number for number, item in enumerate(step)}
        owner = {item.token: item.id for item in sorted(batch.values(), key=lambda item: last[item.id])}
        expected = {n: item for n, item in expected.items() if owner.get(item.token, n) == n}
    assert await tokens_of(redis, stores, app) == sorted(item.token for item in expected.values())
    for known in expected.values():
        assert without_times(await stores.registry.read(app, known.id)) == known
    counted: dict[Group, int] = {}
    for known in expected.values():
        group = Group(known.vendor, known.language)
        counted[group] = counted.get(group, 0) + 1
    assert await by_group(stores, app) == counted
    for user in ("ann", "bob"):
        slot_refs = await slots_of_users(stores, app, [user])
        assert len(slot_refs) == len(
            {(slot_ref.shard, slot_ref.group, slot_ref.slot) for slot_ref in slot_refs}
        )
        assert len(slot_refs) == sum(item.user == user for item in expected.values())
    in_use = await alive(stores, app)
    assert sum(bitmaps.count(bits) for groups in in_use for bits in groups.values()) == len(expected)
