"""A terminal that changes its group gets another slot, and is found by its former ones."""

from datetime import timedelta

import pytest
from msgspec import structs
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.registered import alive
from tests.support.registry_laws import read_shard

from pushgate.domain.app import App
from pushgate.domain.message import MAX_TTL
from pushgate.domain.terminal import Group, Terminal
from pushgate.stores import Stores
from pushgate.terminals.registry import Single
from pushgate.terminals.shard_scripts import locate

APP = App("shop")
AFTER_RETENTION = (timedelta(days=30) + MAX_TTL).total_seconds() + 1


async def register(stores: Stores, name: str, language: str, vendor: str = "apns") -> int:
    """Register a terminal; returns its slot."""
    await stores.registry.register(APP, [Terminal(name, vendor, f"token-{name}", language)])
    return (await stores.locations.locate(APP, [name]))[0][0].slot


async def slots_of(stores: Stores, name: str) -> list[int]:
    return [slot_ref.slot for slot_ref in (await stores.locations.locate(APP, [name]))[0]]


async def test_a_block_belongs_to_one_group_and_slots_are_numbered_through_the_shard(stores: Stores) -> None:
    names = [("a", "en", 0), ("b", "ja", 1024), ("c", "en", 1), ("d", "fr", 2048)]
    for name, language, slot in names:
        assert await register(stores, name, language) == slot
    (in_use,) = await alive(stores, APP)
    assert in_use == {
        Group("apns", "en"): {0: 0b11},
        Group("apns", "ja"): {1: 0b1},
        Group("apns", "fr"): {2: 0b1},
    }


async def test_all_former_slots_lead_to_the_terminal_after_several_moves(stores: Stores) -> None:
    slots = [await register(stores, "t", language) for language in ("en", "ja", "fr", "en")]
    assert len(set(slots)) == 4
    assert await slots_of(stores, "t") == slots[::-1]
    tokens = await stores.tokens.read_current(APP, 0, slots)
    assert tokens == dict.fromkeys(slots, b"token-t")
    assert await stores.holders.ids(APP, 0, slots) == dict.fromkeys(slots, "t")


async def test_a_slot_whose_terminal_went_to_another_vendor_has_no_token(stores: Stores) -> None:
    first = await register(stores, "t", "en")
    second = await register(stores, "t", "en", "fcm")
    assert await stores.tokens.read_current(APP, 0, [first, second]) == {second: b"token-t"}
    third = await register(stores, "t", "ja")
    assert await stores.tokens.read_current(APP, 0, [first, second, third]) == {
        first: b"token-t",
        third: b"token-t",
    }


async def test_a_forgotten_terminal_keeps_its_name_and_user_in_its_slots_and_nothing_else(
    stores: Stores, redis: Redis
) -> None:
    known = Terminal("t", "apns", "secret", "en", user="ann", tags=("vip",), timezone="Asia/Tokyo")
    await stores.registry.register(APP, [known])
    first = (await slots_of(stores, "t"))[0]
    second = await register(stores, "t", "ja")
    await stores.registry.forget(APP, ["t"])
    holders = await stores.holders.read(APP, 0, [first, second])
    assert [(one.id, one.user) for one in holders.values()] == [("t", "ann"), ("t", None)]
    assert await stores.tokens.read_current(APP, 0, [first, second]) == {}
    for row in await redis.hvals("{shop:0}:rows:0"):
        assert not any(text in row for text in (b"vip", b"Tokyo"))
    again = await register(stores, "t", "en")
    assert again not in (first, second), "it is a new terminal"
    assert await slots_of(stores, "t") == [again]


async def test_a_former_slot_that_another_terminal_has_by_now_is_nobodys_former_slot(
    stores: Stores, clock: SetClock
) -> None:
    first = await register(stores, "moved", "en")
    second = await register(stores, "moved", "ja")
    clock.advance(AFTER_RETENTION)
    assert await register(stores, "other", "en") == first
    assert await slots_of(stores, "moved") == [second]
    assert await stores.tokens.read_current(APP, 0, [first]) == {first: b"token-other"}


async def test_a_pointer_to_a_slot_that_another_terminal_has_by_now_is_not_followed(
    stores: Stores, clock: SetClock
) -> None:
    first = await register(stores, "t", "en")
    second = await register(stores, "t", "ja")
    await stores.registry.forget(APP, ["t"])
    clock.advance(AFTER_RETENTION)
    assert await register(stores, "other", "ja") == second
    assert await stores.tokens.read_current(APP, 0, [first]) == {}


async def test_slots_that_became_free_are_used_again_in_their_order(stores: Stores, clock: SetClock) -> None:
    slots = [await register(stores, name, "en") for name in ("a", "b", "c")]
    for name in ("b", "a"):
        await stores.registry.forget(APP, [name])
        clock.advance(1)
    clock.advance(AFTER_RETENTION - 3)
    assert await register(stores, "x", "en") == slots[1]
    assert await register(stores, "y", "en") == 3, "the next one is not free for long enough"
    clock.advance(2)
    assert await register(stores, "z", "en") == slots[0]


async def test_click_hours_that_an_older_process_left_are_nobodys(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    """It frees a slot and knows no hours."""
    slot = await register(stores, "a", "en")
    await stores.signs_of_life.note(APP, (await stores.locations.locate(APP, ["a"]))[0], clicked=True)
    left = {key: await redis.get(key) for key in await redis.keys("{shop:0}:b:0:h*")}
    assert len(left) == 2
    await stores.registry.forget(APP, ["a"])
    for key, bits in left.items():
        await redis.set(key, bits or b"")
    clock.advance(AFTER_RETENTION)
    assert await register(stores, "b", "en") == slot
    assert not (await read_shard(redis, APP, 0)).clicked


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("user", "keeps"), [("ann", True), ("bob", False), (None, False)])
async def test_click_hours_of_a_user_do_not_stay_with_the_terminal(
    stores: Stores, language: str, user: str | None, keeps: bool
) -> None:
    """Whether the terminal moves or not. Who signs in on it keeps those of before."""
    await register(stores, "a", "en")
    (places,) = await stores.locations.locate(APP, ["a"])
    await stores.signs_of_life.note(APP, places, clicked=True)
    ann = Terminal("a", "apns", "token-a", "en", user="ann")
    await stores.registry.register(APP, [ann])
    await stores.registry.register(APP, [structs.replace(ann, user=user, language=language)])
    ((place, *_),) = await stores.locations.locate(APP, ["a"])
    found = await stores.click_hours.of_slots(APP, [place])
    assert len(found[place]) == keeps


@pytest.mark.parametrize("change", ["moved", "forgotten"])
async def test_a_change_on_the_base_of_a_terminal_that_moved_is_refused(stores: Stores, change: str) -> None:
    """Within one millisecond, so that the row is the same."""
    known = Terminal("t", "apns", "token", "en")
    await stores.registry.register(APP, [known])
    _, version = await stores.registry.read_version(APP, "t")
    if change == "moved":
        await stores.registry.register(APP, [Terminal("t", "apns", "token", "ja")])
    else:
        await stores.registry.forget(APP, ["t"])
    assert not await stores.registry.replace(APP, known, Single(version))


async def test_many_slots_are_located_and_read_in_few_calls(stores: Stores, redis: Redis) -> None:
    terminals = [Terminal(f"t{n}", "apns", f"token-{n}", ("en", "ja")[n % 2]) for n in range(300)]
    await stores.registry.register(APP, terminals)
    located = await locate(redis, APP, 0, [terminal.id for terminal in terminals] + ["nobody"])
    assert located[-1] == []
    slots = [slot_refs[0].slot for slot_refs in located[:-1]]
    read = await stores.tokens.read_current(APP, 0, [*slots, 99_999])
    assert read == {slot: f"token-{n}".encode() for n, slot in enumerate(slots)}
