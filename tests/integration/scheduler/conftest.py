"""The scheduler over a real Valkey and a real Gearman server; the tests play the workers."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.engines import Engine, gearman_engine, gearman_servers
from tests.support.escalations import PlayedEscalations
from tests.support.families import PlayedFamilies
from tests.support.scheduler import SchedulerParts, opened_parts
from tests.support.small_scheduler import SmallScheduler


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Engine]:
    engine = gearman_engine("gear", tmp_path).start()
    yield engine
    if engine.process:
        engine.stop()


@pytest.fixture
async def parts(redis: Redis, clock: SetClock, server: Engine) -> AsyncIterator[SchedulerParts]:
    async with opened_parts(redis, clock, server) as found:
        yield found


@pytest.fixture
async def small(redis: Redis, clock: SetClock, tmp_path: Path) -> AsyncIterator[SmallScheduler]:
    engine = gearman_engine(gearman_servers()[-1], tmp_path).start()
    scheduler = SmallScheduler.open(redis, clock, engine)
    yield scheduler
    await scheduler.submitter.close()
    engine.stop()


@pytest.fixture
def played(redis: Redis, parts: SchedulerParts) -> PlayedFamilies:
    """Families of which the first instant is two days ahead."""
    parts.clock.at = datetime.fromisoformat("2030-12-30T00:00:00+00:00")
    return PlayedFamilies(redis, parts)


@pytest.fixture
def escalations(redis: Redis, parts: SchedulerParts) -> PlayedEscalations:
    return PlayedEscalations(redis, parts)
