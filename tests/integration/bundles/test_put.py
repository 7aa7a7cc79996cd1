"""Segments are stored once, within the bound of what may wait."""

from typing import cast

import pytest
from redis.asyncio import Redis
from tests.support.bundles import SmallWorld, small
from tests.support.clock import SetClock

from pushgate.audit.creations import pack
from pushgate.audit.entry import Author
from pushgate.bundles.segment_values import KeyRecord, PutVerdict

STORED, FULL, KNOWN = PutVerdict.STORED, PutVerdict.FULL, PutVerdict.KNOWN


@pytest.mark.parametrize(("room", "stored"), [(None, 3), (9, 3), (6, 2), (4, 0), (3, 0), (0, 0)])
async def test_no_more_messages_wait_than_may(
    redis: Redis, clock: SetClock, room: int | None, stored: int
) -> None:
    world = SmallWorld(redis, clock)
    message = small(push_at=clock.now())
    await world.put([message] * 4)
    _, results = await world.put([message] * 3, number=1, max_waiting=room)
    assert [result.verdict for result in results] == [STORED] * stored + [FULL] * (3 - stored)
    assert await world.segments.waiting(world.home) == (4 + stored, 0)


async def test_messages_that_are_not_stored_leave_nothing(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    message = small(push_at=clock.now())
    await world.put([message] * 3, max_waiting=0)
    assert [key async for key in redis.scan_iter("{shop:0}:*")] == [b"{shop:0}:next"]
    await world.put([message], number=1)
    before = await redis.hgetall("{shop:0}:p:1")
    for number in range(2, 9):
        _, results = await world.put([message] * 3, number=number, max_waiting=1)
        assert [result.verdict for result in results] == [FULL] * 3
    assert await redis.hgetall("{shop:0}:p:1") == before


async def test_a_call_that_found_room_for_some_may_be_repeated(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    for _ in range(2):
        ids, results = await world.put([small(push_at=clock.now())] * 5, max_waiting=2)
        assert [result.verdict for result in results] == [STORED] * 2 + [FULL] * 3
    found = await world.accounts.read(world.home.app, ids)
    assert [account is not None for account in found] == [True] * 2 + [False] * 3
    (claimed,) = await world.claim()
    assert len(claimed.waiting) == 2


async def test_a_repeated_call_stores_nothing_more(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    keys = [KeyRecord("a", b"first"), KeyRecord("a", b"second"), None]
    message = small(push_at=clock.now())
    for _ in range(2):
        _, results = await world.put([message] * 3, keys=keys)
        assert [(result.verdict, result.record) for result in results] == [
            (STORED, b""),
            (KNOWN, b"first"),
            (STORED, b""),
        ]
    assert await world.segments.waiting(world.home) == (2, 0)


async def test_the_audit_log_has_one_entry_of_a_repeated_call_and_none_of_a_refused_one(
    redis: Redis, clock: SetClock
) -> None:
    world = SmallWorld(redis, clock)
    author = Author("3f9a61c0be42", "backend", "203.0.113.9")
    entry = pack(0, 1, [(0, [author] * 3)])
    for _ in range(2):
        await world.put([small(push_at=clock.now())] * 3, max_waiting=2, audit_entry=entry)
    await world.put([small(push_at=clock.now())], number=1, max_waiting=2, audit_entry=entry)
    (row,) = cast("list[tuple[bytes, dict[bytes, bytes]]]", await redis.xrange("{shop:0}:audit"))
    assert row[1] == {b"m": entry, b"v": b"ssf"}
