"""The audit log read in pages."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.audit.cursor import Cursor, Order
from pushgate.audit.entry import AuditEntry, Author, encode
from pushgate.audit.log import AuditLog
from pushgate.audit.reader import MAX_SCANNED, AuditFilter, AuditReader
from pushgate.audit.streams import Stream
from pushgate.audit.trimming import AuditTrimming
from pushgate.domain.app import App
from pushgate.domain.clock import to_ms

APP = App("shop", 3)
AUTHORS = [Author("3f9a61c0be42", "backend", "203.0.113.9"), Author("a" * 12, "other", "10.0.0.1")]
ALL = AuditFilter()


async def fill(redis: Redis, count: int) -> list[str]:
    """So many entries of two authors; returns their targets."""
    log, targets = AuditLog(redis), []
    for number in range(count):
        target = f"t{number}"
        entry = AuditEntry("key.created" if number % 2 else "app.changed", AUTHORS[number % 2], (target,))
        await log.record(APP.name, entry)
        targets.append(target)
    return targets


async def streams(redis: Redis) -> list[Stream]:
    return AuditReader(redis).streams_of(APP.name, APP)


async def read_all(redis: Redis, order: Order, limit: int, wanted: AuditFilter = ALL) -> list[str]:
    reader, cursor, found, has_more = AuditReader(redis), Cursor(order), list[str](), True
    while has_more:
        page = await reader.read(await streams(redis), cursor, limit, wanted)
        assert len(page.entries) <= limit
        found += [target for one in page.entries for target in one.entry.targets]
        cursor, has_more = Cursor.parse(page.cursor.text()), page.has_more
    return found


@pytest.mark.parametrize("limit", [1, 7, 1000])
async def test_pages_hold_each_entry_once_in_the_order_of_time(redis: Redis, limit: int) -> None:
    targets = await fill(redis, 25)
    assert await read_all(redis, Order.OLDEST, limit) == targets
    assert await read_all(redis, Order.NEWEST, limit) == targets[::-1]


async def test_the_last_cursor_leads_on_to_later_entries(redis: Redis) -> None:
    reader = AuditReader(redis)
    await fill(redis, 3)
    page = await reader.read(await streams(redis), Cursor(Order.OLDEST), 100, ALL)
    assert not page.has_more
    await fill(redis, 2)
    later = await reader.read(await streams(redis), Cursor.parse(page.cursor.text()), 100, ALL)
    assert [one.entry.targets for one in later.entries] == [("t0",), ("t1",)]


async def test_an_entry_that_appears_late_in_another_stream_is_not_missed(redis: Redis) -> None:
    """The clocks of two servers differ, so its time may be before that of entries read already."""
    reader, home = AuditReader(redis), "{shop:1}:audit"
    await redis.xadd("{q}:audit:shop", {"e": b"?"}, id="1000000-0")
    page = await reader.read(await streams(redis), Cursor(Order.OLDEST), 100, ALL)
    await redis.xadd(home, {"m": b"?"}, id="999000-0")
    cursor = Cursor.parse(page.cursor.text())
    later = await reader.read(await streams(redis), cursor, 100, ALL)
    assert later.cursor.places["shop:1"].ms == 999_000


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (AuditFilter(action="key.created"), ["t1", "t3"]),
        (AuditFilter(action="key"), ["t1", "t3"]),
        (AuditFilter(action="ke"), []),
        (AuditFilter(key_id=AUTHORS[0].key_id), ["t0", "t2", "t4"]),
        (AuditFilter(targets=["t3"]), ["t3"]),
        (AuditFilter(targets=["t3"], action="app"), []),
    ],
)
async def test_filters_pass_what_is_wanted(redis: Redis, wanted: AuditFilter, expected: list[str]) -> None:
    await fill(redis, 5)
    assert await read_all(redis, Order.OLDEST, 2, wanted) == expected
    assert await read_all(redis, Order.NEWEST, 2, wanted) == expected[::-1]


async def test_entries_before_the_wanted_time_are_left_out(redis: Redis, clock: SetClock) -> None:
    await fill(redis, 3)
    seconds, micros = await redis.time()
    later = AuditFilter(since=clock.now().fromtimestamp(seconds + 60, clock.now().tzinfo))
    assert await read_all(redis, Order.OLDEST, 10, later) == []
    assert await read_all(redis, Order.NEWEST, 10, later) == []
    earlier = AuditFilter(since=clock.now().fromtimestamp(seconds - 60, clock.now().tzinfo))
    assert len(await read_all(redis, Order.NEWEST, 10, earlier)) == 3
    assert micros >= 0


async def test_a_page_that_finds_little_ends_all_the_same(redis: Redis) -> None:
    raw = encode(AuditEntry("key.created", AUTHORS[0], ("t",)))
    async with redis.pipeline(transaction=False) as pipe:
        for _ in range(MAX_SCANNED + 10):
            pipe.xadd("{q}:audit:shop", {"e": raw})
        await pipe.execute()
    wanted = AuditFilter(action="app")
    page = await AuditReader(redis).read(await streams(redis), Cursor(Order.OLDEST), 10, wanted)
    assert (len(page.entries), page.has_more) == (0, True)
    assert await read_all(redis, Order.OLDEST, 10, wanted) == []


async def test_old_entries_are_removed(redis: Redis, clock: SetClock) -> None:
    now_ms = to_ms(clock.now())
    for age_days in (400, 366, 364, 1):
        at_ms = now_ms - age_days * 86_400_000
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(100):  # a node of a stream has at most 100 entries
                pipe.xadd("{q}:audit:shop", {"e": b"x"}, id=f"{at_ms}-{number}")
            await pipe.execute()
    trimming = AuditTrimming(redis)
    removed = await trimming.trim(await streams(redis), clock.now(), timedelta(days=365), 10**6)
    assert removed == {}
    assert await redis.xlen("{q}:audit:shop") == 200
    assert await AuditReader(redis).trimmed_before(await streams(redis)) is None


async def test_too_many_entries_are_removed_early_and_that_is_told(redis: Redis, clock: SetClock) -> None:
    await fill(redis, 500)
    trimming = AuditTrimming(redis)
    removed = await trimming.trim(await streams(redis), clock.now(), timedelta(days=365), 100)
    left = await redis.xlen("{q}:audit:shop")
    assert removed == {"shop": 500 - left}
    assert 100 <= left <= 200
    before = await AuditReader(redis).trimmed_before(await streams(redis))
    assert before is not None
    first = await AuditReader(redis).read(await streams(redis), Cursor(Order.OLDEST), 1, ALL)
    assert first.entries[0].at == before
