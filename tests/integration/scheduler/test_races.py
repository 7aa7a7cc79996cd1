"""Schedulers as processes of their own, which make the same parts and runs at the same time. One of
them is killed between the making of a part and its plan.
"""

import asyncio
import signal
import sys
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.engines import Engine
from tests.support.families import EVENING, PlayedFamilies, register
from tests.support.redis_urls import url_of
from tests.support.scheduler import LEASE, SchedulerParts
from tests.support.series import recurring

from pushgate.domain.audience import ByTerminal, Everyone
from pushgate.domain.zones import known_zones
from pushgate.series.recurrence import Missed

RUNS = 10


@pytest.mark.single_redis
async def test_each_part_and_each_run_is_made_and_planned_once(
    played: PlayedFamilies, parts: SchedulerParts, redis: Redis, server: Engine
) -> None:
    zones = sorted(known_zones())[::20]
    await register(parts, {zone: zone for zone in zones})
    family = await played.store(EVENING, audience=ByTerminal(tuple(zones)))
    assert family.family is not None
    instants = family.family.timetable.instants()

    async def start(count: int) -> asyncio.subprocess.Process:
        command = [sys.executable, "-m", "tests.support.race_rounds", url_of(redis), server.url]
        now = parts.clock.now().isoformat()
        process = await asyncio.create_subprocess_exec(*command, now, family.id, str(count))
        await redis.blpop(["ready"])
        return process

    parts.clock.at = instants[0]
    dying = await start(0)
    await redis.rpush("go", "1")
    assert await dying.wait() == -signal.SIGKILL
    assert await played.made(family) == 1
    # All other instants and runs have come by now.
    parts.clock.at = instants[-1] + LEASE
    begins = parts.clock.now().replace(second=0) - timedelta(minutes=RUNS)
    ends = begins + timedelta(minutes=RUNS)
    rule = recurring("* * * * *", begins, end=ends, missed=Missed.ALL)
    await parts.stores.series.write(rule, Everyone())
    racing = [await start(len(instants)) for _ in range(2)]
    await redis.rpush("go", *map(str, racing))
    assert [await process.wait() for process in racing] == [0, 0]
    assert await played.made(family) == len(instants)
    assert sorted(await played.reached(family)) == zones, "nobody twice, and nobody missed"
    runs = await parts.stores.series.parts("shop", rule.id, 1000, 1000)
    assert len([run for run in runs if run.message_id]) == RUNS
    assert int(await redis.get("runs") or 0) == RUNS
