"""Segments are stored once, within the bound of what may wait."""

import pytest
from redis.asyncio import Redis
from tests.support.bundles import SmallWorld, small
from tests.support.clock import SetClock

from pushgate.bundles.values import KeyRecord, PutVerdict

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
