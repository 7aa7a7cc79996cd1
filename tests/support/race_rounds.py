"""A scheduler's process that makes and plans what is due:
`python -m tests.support.race_rounds REDIS GEARMAN NOW FAMILY PARTS`.

It begins when it gets a turn from the list `go`, and ends once the family has so many parts, all of
them planned. With none it makes what is due and claims it, and kills itself before it plans
anything.
"""

import asyncio
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.engines import Engine
from tests.support.scheduler import LEASE, SchedulerParts, opened_parts

from pushgate.redis.client import connect
from pushgate.scheduler.families import FamilyRounds
from pushgate.scheduler.series import SeriesRounds
from pushgate.settings.redis import RedisSettings


async def _run(url: str, gearman: str, now: str, family: str, count: str) -> None:
    redis, clock = connect(RedisSettings(url=url)), SetClock()
    clock.at = datetime.fromisoformat(now)
    server = Engine((), Path(), lambda: True, gearman)  # which another process started
    async with opened_parts(redis, clock, server) as parts:
        await redis.rpush("ready", os.getpid())
        await redis.blpop(["go"])
        if count == "0":
            await _die(parts)
        while (await parts.stores.families.made(family)).count < int(count):
            await _round(parts, redis)
        for _ in range(int(LEASE.total_seconds()) + 1):  # what the other one leaves behind
            await _round(parts, redis)
    await redis.aclose()


async def _die(parts: SchedulerParts) -> None:
    await FamilyRounds(parts.stores, parts.clock).run_once()
    assert await parts.stores.claims.claim(parts.clock.now(), LEASE, "dies", 9)
    os.kill(os.getpid(), signal.SIGKILL)


async def _round(parts: SchedulerParts, redis: Redis) -> None:
    made = await SeriesRounds(parts.context).move_due()
    await redis.incrby("runs", made)
    await FamilyRounds(parts.stores, parts.clock).run_once()
    await parts.dispatch_due()
    parts.clock.advance(1)


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:]))
