"""Lost slots return, and names and days that no terminal has are forgotten."""

from collections import Counter
from datetime import timedelta

from redis.asyncio import Redis
from tests.support.block_laws import read_blocks
from tests.support.clock import SetClock
from tests.support.hygiene import run_phases
from tests.support.redis_work import work
from tests.support.registry_laws import check_registry

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.hygiene.lost_slots import LOST_AFTER, LostSlots
from pushgate.hygiene.progress import Change
from pushgate.hygiene.unused_hours import UnusedHours
from pushgate.hygiene.unused_names import UNUSED_AFTER, UnusedNames
from pushgate.redis.hash_tags import tag
from pushgate.stores import Stores
from pushgate.terminals.bulk.reservation import Reservation
from pushgate.terminals.shard_scripts import run_counting
from pushgate.terminals.terms import tag_term

APP = App("shop")
KEY = tag(APP, 0)
ONE = timedelta(seconds=1)


def terminal(number: int, *tags: str) -> Terminal:
    return Terminal(f"t{number}", "apns", f"k{number}", "en", tags=tags)


async def test_slots_reserved_by_an_import_that_died_are_free_again_after_a_while(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    await stores.registry.register(APP, [terminal(n) for n in range(10)])
    await redis.hset(f"{KEY}:fresh", "apns/en", 100)  # 90 slots are given out
    phase = LostSlots(redis, clock)
    assert await run_phases(APP, 0, phase) == {}
    await redis.hset(
        f"{KEY}:rows:0", "20", await redis.hget(f"{KEY}:rows:0", "1") or b""
    )  # one was written late
    clock.advance((LOST_AFTER - ONE).total_seconds())
    assert await run_phases(APP, 0, phase) == {}
    clock.advance(2)
    assert await run_phases(APP, 0, phase) == {Change.LOST_SLOTS: 89}
    clock.advance(LOST_AFTER.total_seconds())
    assert await run_phases(APP, 0, phase) == {}
    free = (await read_blocks(redis, APP)).lists["apns/en"]
    assert sorted(slot for _, slot in free) == [*range(10, 20), *range(21, 100)]
    assert not await redis.exists(f"{KEY}:suspects")


async def test_names_that_no_terminal_has_are_forgotten_after_a_day(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    await stores.registry.register(APP, [terminal(1, "old", "kept"), terminal(2, "old"), terminal(3, "back")])
    await stores.registry.register(APP, [terminal(1, "kept"), terminal(2), terminal(3)])
    phase = UnusedNames(redis, clock)
    assert await run_phases(APP, 0, phase) == {}
    await stores.registry.register(APP, [terminal(3, "back")])
    clock.advance(UNUSED_AFTER.total_seconds())
    assert await run_phases(APP, 0, phase) == {Change.UNUSED: 1}
    await check_registry(redis, APP)
    assert await redis.hkeys(f"{KEY}:names") == [b"#", b"t:kept", b"t:back"]
    await stores.registry.register(APP, [terminal(2, "old")])
    await check_registry(redis, APP)
    assert await redis.hkeys(f"{KEY}:names") == [b"#", b"t:kept", b"t:back", b"t:old"]


async def test_a_name_whose_number_an_import_has_taken_stays(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    await stores.registry.register(APP, [terminal(1, "back")])
    await stores.registry.register(APP, [terminal(1)])
    phase = UnusedNames(redis, clock)
    assert await run_phases(APP, 0, phase) == {}
    clock.advance(UNUSED_AFTER.total_seconds())
    reservation = Reservation(redis, KEY.encode())
    taken = await reservation.take({}, [tag_term("back")])
    assert await run_phases(APP, 0, phase) == {}
    assert await reservation.take({}, [tag_term("back")]) == taken
    clock.advance(UNUSED_AFTER.total_seconds())
    await redis.hdel(f"{KEY}:unused", tag_term("back"))  # as an import does while a pass is at work
    assert await run_counting(redis, "remove_unused", APP, 0, "names", tag_term("back")) == 0


async def test_days_on_which_no_terminal_was_seen_last_are_forgotten(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    await stores.registry.register(APP, [terminal(1)])
    clock.advance(3 * 86_400)
    await stores.registry.register(APP, [terminal(1)])
    assert len((await stores.terms.days(APP, 0))[0]) == 2
    assert await run_phases(APP, 0, UnusedNames(redis, clock)) == {Change.UNUSED: 1}
    assert (await stores.terms.days(APP, 0))[0] == [clock.now().date()]


async def test_time_zones_and_languages_that_no_terminal_has_are_listed_no_more(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    one = Terminal("one", "apns", "k1", "en", timezone="Asia/Tokyo")
    await stores.registry.register(APP, [one])
    assert await stores.terms.timezones(APP, 0) == ["Asia/Tokyo"]
    await stores.registry.forget(APP, ["one"])
    phase = UnusedNames(redis, clock)
    await run_phases(APP, 0, phase)
    clock.advance(UNUSED_AFTER.total_seconds())
    await run_phases(APP, 0, phase)
    assert await stores.terms.timezones(APP, 0) == []


async def test_time_zones_and_languages_are_listed_without_a_look_at_tags(
    redis: Redis, stores: Stores
) -> None:
    for first in range(0, 3000, 30):
        tags = [f"tag-{number}" for number in range(first, first + 30)]
        await stores.registry.register(APP, [terminal(first, *tags)])

    async def read() -> None:
        assert await stores.terms.timezones(APP, 0) == await stores.terms.languages(APP, 0) == []

    done = await work(redis, read())
    assert {name: count for name, count in done.calls.items() if count and name != "info"} == {"sscan": 2}


async def test_quiet_hours_that_no_person_has_are_forgotten_after_a_day(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    """Ann has no terminal here; carl gets hours back while hygiene looks."""
    hours = [f"{hour:02}:00-08:00" for hour in range(4)]
    for user, of_user in zip(("ann", "bob", "carl", "dora"), hours, strict=True):
        await stores.people.change(APP, user, quiet_hours=of_user)
    await stores.registry.register(APP, [Terminal("t1", "apns", "k1", "en", user="bob")])
    await stores.people.change(APP, "carl", quiet_hours="")
    await stores.people.change(APP, "dora", quiet_hours="")
    phase = UnusedHours(redis, clock)
    assert await run_phases(APP, 0, phase) == {}
    clock.advance(UNUSED_AFTER.total_seconds())
    found = Counter[Change]()
    async for progress in phase.run(APP, 0, 0):
        if progress.cursor == 200:
            await stores.people.change(APP, "carl", quiet_hours=hours[2])
        found.update(progress.changes)
    assert found == {Change.UNUSED: 1}
    assert await stores.people.quiet_hours_in_use(APP, [0]) == {0: hours[:3]}
    assert await redis.hkeys(f"{KEY}:unused") == []


async def test_quiet_hours_that_an_older_process_gives_to_a_person_meanwhile_stay(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    """It leaves the note that nobody has them, and the walk has passed the person by then."""
    await stores.registry.register(APP, [Terminal("t1", "apns", "k1", "en", user="eve")])
    await stores.people.change(APP, "eve", quiet_hours="22:00-08:00")
    await stores.people.change(APP, "eve", quiet_hours="")
    phase = UnusedHours(redis, clock)
    assert await run_phases(APP, 0, phase) == {}
    notes = await redis.hgetall(f"{KEY}:unused")
    clock.advance(UNUSED_AFTER.total_seconds())
    async for progress in phase.run(APP, 0, 0):
        if progress.cursor == 257:
            await stores.people.change(APP, "eve", quiet_hours="22:00-08:00")
            await redis.hset(f"{KEY}:unused", items=[part for note in notes.items() for part in note])
    assert await stores.people.quiet_hours_in_use(APP, [0]) == {0: ["22:00-08:00"]}
