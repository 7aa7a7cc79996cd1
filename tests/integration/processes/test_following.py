"""A process goes on to follow what changes in Redis, whatever it cannot read meanwhile."""

import asyncio

from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.pauses import pause

from pushgate.fleet.pauses import FOLLOW_EVERY, Pauses
from pushgate.processes.parts import following


async def test_a_value_that_cannot_be_read_does_not_end_the_following(redis: Redis, clock: SetClock) -> None:
    here, there = Pauses(redis), Pauses(redis)
    async with following(here):
        await redis.hset("{q}:pauses", "shop", b"of a later version")
        await asyncio.sleep(2 * FOLLOW_EVERY.total_seconds())  # so that it was looked at
        await redis.hdel("{q}:pauses", "shop")
        made = await there.pause("shop", "", pause(clock.now()))
        async with asyncio.timeout(10):
            while here.find("shop") != made:  # noqa: ASYNC110  # following tells nobody
                await asyncio.sleep(0.02)
