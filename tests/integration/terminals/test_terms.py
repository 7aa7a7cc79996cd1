"""Terms follow from the rows of terminals, in whatever form they are stored."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from tests.support.clock import SetClock
from tests.support.registry_laws import check_registry, read_shard

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.terminal import Group, Terminal
from pushgate.stores import Stores
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.terms import attribute_terms, registered_term, seen_term

APP = App("shop")


def terminal(name: str, *tags: str, language: str = "en", user: str | None = None) -> Terminal:
    return Terminal(name, "apns", f"token-{name}", language, user=user, tags=tags)


async def slots_of(stores: Stores, names: Sequence[str]) -> set[int]:
    return {slots[0].slot for slots in await stores.locations.locate(APP, names) if slots}


async def having(stores: Stores, term: str, ranges: int = 1) -> set[int]:
    found = await stores.terms.slice(APP, 0, range(ranges), [term])
    return {65_536 * number + slot for number, (bits,) in enumerate(found) for slot in bitmaps.offsets(bits)}


@pytest.mark.parametrize("count", [1, 64, 65, 256, 257, 600])
async def test_a_term_holds_its_terminals_while_it_grows_and_shrinks(stores: Stores, count: int) -> None:
    names = [f"t{number}" for number in range(count)]
    for left in (names, names[1:], names[:1], []):
        await stores.registry.register(APP, [terminal(name, "vip", user="ann") for name in left])
        await stores.registry.register(APP, [terminal(name) for name in set(names) - set(left)])
        expected = await slots_of(stores, left)
        assert await having(stores, "t:vip") == expected
        assert await having(stores, "u:ann") == expected
        alone = expected if count > 64 else set[int]()
        assert await having(stores, "shared") == (expected if len(left) > 1 else alone)
    assert await having(stores, "alive") == await slots_of(stores, names)


async def test_a_term_without_terminals_leaves_no_key(stores: Stores, redis: Redis) -> None:
    names = [f"t{number}" for number in range(100)]
    await stores.registry.register(APP, [terminal(name, "vip") for name in names])
    assert await redis.exists("{shop:0}:t:t:vip")
    await stores.registry.forget(APP, names)
    left = [key async for key in redis.scan_iter("{shop:0}:t*") if b":tokens:" not in key]
    assert left == [], "terms and their directory"


async def test_a_terminal_that_moves_takes_its_terms_along(stores: Stores) -> None:
    await stores.registry.register(APP, [terminal("t", "vip", user="ann"), terminal("u", user="ann")])
    (before,) = await slots_of(stores, ["t"])
    await stores.registry.register(APP, [terminal("t", "vip", language="ja", user="ann")])
    (after,) = await slots_of(stores, ["t"])
    assert after != before
    assert await having(stores, "t:vip") == {after}
    assert (
        await having(stores, "u:ann") == await having(stores, "shared") == await slots_of(stores, ["t", "u"])
    )
    assert await having(stores, "moved") == {before}
    assert await stores.terms.follow(APP, 0, [before, after]) == {before: after}
    assert await stores.terms.moves_since(APP, 0, 0) == [(before, after)]
    await stores.registry.forget(APP, ["t"])
    assert await having(stores, "moved") == set()
    assert await stores.terms.follow(APP, 0, [before]) == {}
    assert await having(stores, "shared") == set()


class _Slow(TermReader):
    """Terminals change after pointers were read, and before anybody looks where these lead."""

    meanwhile: Callable[[], Awaitable[object]]

    async def _pointers(self, app: App, shard: int, slots: Sequence[int]) -> dict[int, int]:
        found = await super()._pointers(app, shard, slots)
        await self.meanwhile()
        return found


async def test_many_slots_are_followed_whatever_changes_meanwhile(stores: Stores, redis: Redis) -> None:
    names, former = [f"t{n}" for n in range(300)], dict[int, str]()

    async def now_at(some: Sequence[str]) -> dict[str, int]:
        located = await stores.locations.locate(APP, some)
        return {name: slots[0].slot for name, slots in zip(some, located, strict=True) if slots}

    for language in ("en", "ja", "fr"):
        for some in (names[:100], names[100:200], names[200:]):
            await stores.registry.register(APP, [terminal(name, language=language) for name in some])
        if language != "fr":
            former |= {slot: name for name, slot in (await now_at(names)).items()}

    async def change() -> None:
        await stores.registry.register(APP, [terminal(name, language="de") for name in names[:20]])
        await stores.registry.forget(APP, names[20:40])
        await stores.registry.register(APP, [terminal(name) for name in names[30:40]])

    reader = _Slow(redis)
    reader.meanwhile = change
    found = await reader.follow(APP, 0, list(former))
    moved = await now_at(names[:20] + names[40:])  # one that was registered again is another terminal
    assert found == {slot: moved[name] for slot, name in former.items() if name in moved}


async def test_moves_are_told_from_a_total_on(stores: Stores) -> None:
    await stores.registry.register(APP, [terminal("t")])
    assert await stores.terms.moves_total(APP, 0) == 0
    for language in ("ja", "fr", "en"):
        await stores.registry.register(APP, [terminal("t", language=language)])
    assert await stores.terms.moves_total(APP, 0) == 3
    moves = await stores.terms.moves_since(APP, 0, 1)
    assert moves is not None
    assert [new for _, new in moves] == [2048, 1]
    assert await stores.terms.moves_since(APP, 0, 3) == []
    assert await stores.terms.moves_since(APP, 0, 4) is None, "the store lost moves"


async def test_all_former_slots_lead_to_the_newest_slot(stores: Stores, clock: SetClock) -> None:
    slots: list[int] = []
    for language in ("en", "ja", "fr"):
        await stores.registry.register(APP, [terminal("t", language=language)])
        slots += await slots_of(stores, ["t"])
    clock.advance(59 * 86400)
    await stores.registry.register(APP, [terminal("other", language="ja")])
    assert await slots_of(stores, ["other"]) == {slots[1]}, "the middle one is somebody else's now"
    assert await stores.terms.follow(APP, 0, slots) == {slots[0]: slots[2]}
    assert await having(stores, "moved") == {slots[0]}


async def test_rows_keep_all_that_was_registered(stores: Stores, clock: SetClock) -> None:
    full = replace(
        terminal("t", "vip", "new", user="ann"),
        timezone="Asia/Tokyo",
        attributes={"plan": "gold", "age": 42, "rate": 0.5, "adult": True},
        app_version="1.2",
        last_seen=datetime(2026, 1, 5, 12, tzinfo=UTC),
        registered_at=datetime(2025, 1, 1, tzinfo=UTC),
    )
    await stores.registry.register(APP, [full])
    assert await stores.registry.read(APP, "t") == full
    for name, value in full.attributes.items():
        assert await having(stores, attribute_terms(name, value)[0]) == {0}
    for term in ("z:Asia/Tokyo", "v:1.2", seen_term(date(2026, 1, 5)), registered_term(date(2025, 1, 1))):
        assert await having(stores, term) == {0}
    assert await stores.terms.days(APP, 0) == ([date(2026, 1, 5)], [date(2025, 1, 1)])
    assert await stores.terms.timezones(APP, 0) == ["Asia/Tokyo"]
    clock.advance(timedelta(days=1).total_seconds())
    await stores.registry.register(APP, [terminal("t")])
    again = await stores.registry.read(APP, "t")
    assert again.registered_at == full.registered_at, "as it is known"
    assert again.last_seen == clock.now().replace(microsecond=0)
    assert await having(stores, seen_term(clock.now().date())) == {0}
    assert await having(stores, seen_term(date(2026, 1, 5))) == set()


async def test_terminals_whose_group_has_another_language_have_a_term(stores: Stores) -> None:
    limited = replace(terminal("t", language="fr-CA"), group_language="fr")
    same = replace(terminal("u", language="fr-u-nu-latn"), group_language="fr")
    await stores.registry.register(APP, [limited, same, terminal("v", language="fr")])
    assert await having(stores, "l:fr-CA") == await slots_of(stores, ["t"])
    assert await stores.terms.languages(APP, 0) == ["fr-CA"]
    assert await stores.terms.block_groups(APP, 0) == [Group("apns", "fr")]


async def test_sets_are_read_together_range_by_range(stores: Stores) -> None:
    await stores.registry.register(APP, [terminal(f"t{n}", *(["vip"] if n % 2 else [])) for n in range(300)])
    ((first,),) = [await stores.terms.slice(APP, 0, [0], ["t:vip"])]
    both, nothing = await stores.terms.slice(APP, 0, [0, 7], ["alive", "t:vip", "t:none"])
    assert both == [(1 << 300) - 1, *first, 0]
    assert nothing == [0, 0, 0]


async def test_a_terminal_that_goes_to_another_user_is_shared_with_that_user(stores: Stores) -> None:
    users = [f"u{n}" for n in range(12)]
    await stores.registry.register(APP, [terminal(f"a{user}", user=user) for user in users])
    for user in users:  # many, because the order in which two users are written follows from their names
        await stores.registry.register(APP, [terminal("guest", user=user)])
        assert await having(stores, "shared") == await slots_of(stores, ["guest", f"a{user}"])


async def test_a_batch_that_brings_too_many_names_changes_nothing(redis: Redis, stores: Stores) -> None:
    await stores.registry.register(APP, [terminal("known", "first")])
    before = await read_shard(redis, APP, 0)
    await redis.hset("{shop:0}:names", "#", 2**24)
    batch = [terminal("a", "first", language="de"), terminal("b", "second"), terminal("known", language="de")]
    with pytest.raises(ResponseError, match="refuses a command"):
        await stores.registry.register(APP, batch)
    after = await read_shard(redis, APP, 0)
    assert (after.ids, after.rows, after.free) == (before.ids, before.rows, before.free)
    await check_registry(redis, APP)
