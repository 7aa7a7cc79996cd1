"""Tokens and attributes are read together, and are always of one terminal."""

from redis.asyncio import Redis
from tests.support.redis_work import work

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores
from pushgate.terminals.addressed import Addressed, Wanted

APP = App("shop")
WANTED = Wanted(("name", "age"), ("name", "city"))
Found = dict[int, tuple[bytes, str | None, tuple[str | None, ...], tuple[str | None, ...]]]


def by_slot(found: Addressed) -> Found:
    columns = found.tokens, found.users, found.own, found.of_users
    return dict(zip(found.slots, zip(*columns, strict=True), strict=True))


async def register(stores: Stores, count: int) -> None:
    """Terminals in the slots 0, 1, 2 and so on; each has a user, and every third a name."""
    await stores.registry.register(
        APP,
        [
            Terminal(
                f"t{n}",
                "fcm",
                f"k{n}",
                "en",
                user=f"u{n % 10}" if n % 2 else None,
                attributes={"name": f"N {n}", "other": True} if n % 3 == 0 else {"age": n},
            )
            for n in range(count)
        ],
    )


async def test_blocks_and_slots_are_read_alike(stores: Stores) -> None:
    await register(stores, 300)
    await stores.people.change(APP, "u3", {"city": "Bonn", "plan": "basic"})
    slots = [*range(70), 100, 299]
    found = by_slot(await stores.addressed.read_block(APP, 0, 0, bitmaps.from_offsets(slots), WANTED))
    assert sorted(found) == slots
    assert found[0] == (b"k0", None, ("s:N 0", None), (None, None))
    assert found[1] == (b"k1", "u1", (None, "n:1"), (None, None))
    assert found[33] == (b"k33", "u3", ("s:N 33", None), (None, "s:Bonn"))
    assert by_slot(await stores.addressed.read_slots(APP, 0, slots, WANTED)) == found


async def test_a_moved_terminal_is_found_by_its_former_slot(stores: Stores) -> None:
    await register(stores, 3)
    moved = Terminal("t0", "fcm", "new", "de", user="ann", attributes={"name": "Anna"})
    other = Terminal("t1", "apns", "beef", "en", attributes={"name": "Bob"})
    await stores.registry.register(APP, [moved, other])
    await stores.registry.forget(APP, ["t2"])
    await stores.people.change(APP, "ann", {"city": "Bonn"})
    expected = {0: (b"new", "ann", ("s:Anna", None), (None, "s:Bonn"))}
    assert by_slot(await stores.addressed.read_block(APP, 0, 0, 0b111, WANTED)) == expected
    assert by_slot(await stores.addressed.read_slots(APP, 0, [0, 1, 2], WANTED)) == expected


async def test_a_block_is_read_at_one_instant_in_one_round_trip(redis: Redis, stores: Stores) -> None:
    """A slot that changes hands between two reads would show a terminal another one's values."""
    await register(stores, 640)
    wanted = Wanted(("name",), ())
    done = await work(redis, stores.addressed.read_block(APP, 0, 0, (1 << 640) - 1, wanted))
    assert (done.calls["multi"], done.calls["exec"], done.calls["hgetall"]) == (1, 1, 20)
    assert done.calls.get("evalsha", 0) == 0


async def test_each_user_is_looked_up_once(redis: Redis, stores: Stores) -> None:
    await register(stores, 640)
    await stores.people.change(APP, "u1", {"city": "Bonn"})
    read = stores.addressed.read_block(APP, 0, 0, (1 << 640) - 1, WANTED)
    done = await work(redis, read)
    assert done.calls["hget"] == 5  # u1, u3, u5, u7, u9


async def test_users_whose_terminals_have_the_values_are_not_looked_up(redis: Redis, stores: Stores) -> None:
    await stores.people.change(APP, "u1", {"name": "Ann", "city": "Bonn"})
    own = [Terminal(f"t{n}", "fcm", f"k{n}", "en", user="u2", attributes={"name": "N"}) for n in range(9)]
    await stores.registry.register(APP, [*own, Terminal("t9", "fcm", "k9", "en", user="u1")])
    wanted = Wanted(("name",), ("name",), users_of_all=False)
    found = await stores.addressed.read_block(APP, 0, 0, (1 << 10) - 1, wanted)
    assert by_slot(found)[9] == (b"k9", "u1", (None,), ("s:Ann",))
    done = await work(redis, stores.addressed.read_block(APP, 0, 0, (1 << 10) - 1, wanted))
    assert done.calls["hget"] == 1
    done = await work(redis, stores.addressed.read_block(APP, 0, 0, (1 << 9) - 1, wanted))
    assert done.calls.get("evalsha", 0) == 0
