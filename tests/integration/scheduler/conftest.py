"""The scheduler over a real Valkey and a real Gearman server; the tests play the workers."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from tests.support.apps import catalog_of
from tests.support.clock import SetClock
from tests.support.engines import Engine, gearman_engine, gearman_servers
from tests.support.scheduler import APP, LEASE, SchedulerParts
from tests.support.small_scheduler import SmallScheduler

from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.scheduler.recovery import Recovery, RecoveryIntervals
from pushgate.scheduler.retry_submitter import RetrySubmitter
from pushgate.stores import Stores


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Engine]:
    engine = gearman_engine("gear", tmp_path).start()
    yield engine
    if engine.process:
        engine.stop()


@pytest.fixture
async def parts(redis: Redis, clock: SetClock, server: Engine) -> AsyncIterator[SchedulerParts]:
    stores = Stores.open(redis, clock, timedelta(days=30))
    await stores.registered_apps.ensure_app(APP)
    catalog = catalog_of(stores.registered_apps, APP, ["apns"])
    submitter, admin = Submitter([server.url], 2), GearmanAdmin([server.url], 2)
    job_limiter = JobQueueLimiter(submitter, admin, stores.backlog, 6)
    context = SchedulerContext(
        stores=stores,
        catalog=catalog,
        job_limiter=job_limiter,
        clock=clock,
        metrics=SchedulerMetrics(CollectorRegistry()),
    )
    yield SchedulerParts(
        clock=clock,
        stores=stores,
        context=context,
        job_limiter=job_limiter,
        retry_submitter=RetrySubmitter(context),
        dispatcher=Dispatcher(context, "scheduler", LEASE),
        recovery=Recovery(context, admin, RecoveryIntervals(timedelta(seconds=5), timedelta(seconds=60))),
        admin=admin,
        server=server,
    )
    await submitter.close()


@pytest.fixture
async def small(redis: Redis, clock: SetClock, tmp_path: Path) -> AsyncIterator[SmallScheduler]:
    engine = gearman_engine(gearman_servers()[-1], tmp_path).start()
    scheduler = SmallScheduler.open(redis, clock, engine)
    yield scheduler
    await scheduler.submitter.close()
    engine.stop()
