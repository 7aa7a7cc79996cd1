"""A Valkey whose clock is set, and Pushgate's stores and scheduler in this process over it.

Workers are played: each job is kept until `take_jobs` hands it over.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from tests.support.apps import configured_app, configured_vendor
from tests.support.clock import SetClock
from tests.support.faults.clocks import SteppedClock

from bench.engines import start_valkey
from pushgate.apps.catalog import AppCatalog
from pushgate.bundles.values import Home
from pushgate.bundles.waiting import WaitingElsewhere
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import BundleJob, Job
from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.receipts.record import ReceiptRecorder
from pushgate.redis.client import connect
from pushgate.scheduler.bundle_recovery import BundleRecovery
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.scheduler.recovery import Recovery, RecoveryIntervals
from pushgate.scheduler.small_dispatcher import SmallDispatcher
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores

SHOP, CHAT = App("shop", 2), App("chat", 1)
"""The app that sends batches and broadcasts, and the app that sends one message at a time."""
APPS = (SHOP, CHAT)
VENDORS = ("apns", "fcm")
LEASE = timedelta(seconds=30)
_PATIENCE = timedelta(seconds=60)
_NOT_DATA = ("used_memory_vm_total", "used_memory_scripts", "mem_clients_normal", "mem_aof_buffer")
_CLOCK_TOLERANCE_MS = 5000
_TRIM = 500


class _KeptJobs(Submitter):
    """Keeps jobs in place of a Gearman server."""

    def __init__(self) -> None:
        super().__init__([], 1)
        self.jobs: list[Job] = []

    async def submit(self, jobs: Sequence[Job]) -> None:
        self.jobs += jobs


class _NoServers(GearmanAdmin):
    """Says nothing of Gearman's queues, as where no server answers."""

    def __init__(self) -> None:
        super().__init__([], 1)

    async def status(self) -> list[object]:  # type: ignore[override]  # it never returns
        raise EngineUnavailable("there is no Gearman server")


@dataclass(frozen=True)
class World:
    """Pushgate at an instant that `set` chooses."""

    redis: Redis
    clock: SetClock
    stores: Stores
    writer: SmallMessageWriter
    receipts: ReceiptRecorder
    dispatcher: Dispatcher
    _rounds: SmallDispatcher
    _bundle_recovery: BundleRecovery
    _recovery: Recovery
    _jobs: _KeptJobs
    _server_clock: SteppedClock

    @classmethod
    def open(
        cls,
        redis: Redis,
        server_clock: SteppedClock,
        retention: timedelta,
        content_retention: timedelta | None,
    ) -> "World":
        """Over this Valkey, at the present."""
        clock, jobs, admin = SetClock(), _KeptJobs(), _NoServers()
        stores = Stores.open(redis, clock, retention, content_retention=content_retention)
        vendors = {name: configured_vendor(name) for name in VENDORS}
        context = SchedulerContext(
            stores=stores,
            catalog=AppCatalog(
                stores.registered_apps, {app.name: configured_app(app, vendors) for app in APPS}
            ),
            job_limiter=JobQueueLimiter(jobs, admin, stores.backlog, 1_000_000_000),
            clock=clock,
            metrics=SchedulerMetrics(CollectorRegistry()),
        )
        waiting = WaitingElsewhere(stores.segments, stores.message_index)
        return cls(
            redis=redis,
            clock=clock,
            stores=stores,
            writer=SmallMessageWriter(stores.segments, waiting, stores.retention, clock),
            receipts=ReceiptRecorder(stores),
            dispatcher=Dispatcher(context, "scheduler", LEASE),
            _rounds=SmallDispatcher(context, _PATIENCE),
            _bundle_recovery=BundleRecovery(context, _PATIENCE),
            _recovery=Recovery(context, admin, RecoveryIntervals(_PATIENCE, _PATIENCE)),
            _jobs=jobs,
            _server_clock=server_clock,
        )

    async def set(self, at: datetime) -> None:
        """Set all clocks; returns once Valkey shows the new time."""
        self.clock.at = at
        self._server_clock.set((at - datetime.now(UTC)).total_seconds())
        while True:
            seconds, _ = await self.redis.time()
            if abs(seconds - at.timestamp()) * 1000 < _CLOCK_TOLERANCE_MS:
                return
            await asyncio.sleep(0.02)  # libfaketime reads the file of the time when it is asked

    def take_jobs(self) -> list[BundleJob]:
        """The jobs of bundles that were submitted since the last call."""
        taken = [job for job in self._jobs.jobs if isinstance(job, BundleJob)]
        self._jobs.jobs.clear()
        return taken

    async def run_rounds(self, home: Home) -> None:
        """Dispatch what is due of a home."""
        for urgent in (True, False):
            while await self._rounds.run_round(home, urgent=urgent):
                pass

    async def recover(self) -> None:
        """Look after everything as a scheduler does from time to time."""
        for home in homes():
            await self.run_rounds(home)
            while await self._bundle_recovery.look_after(home):
                pass
        await self.dispatcher.dispatch_due()
        await self.dispatcher.wait_until_idle()
        await self._recovery.run_once()

    async def trim(self) -> None:
        """Forget what is past its retention, as a scheduler does every minute."""
        now = self.clock.now()
        await self.stores.message_index.trim(now)
        await self.stores.message_index.drop_contents(now)
        for home in homes():
            cursor, is_first = 0, True
            while cursor or is_first:
                cursor, _ = await self.stores.segments.trim(home, cursor, _TRIM)
                is_first = False

    async def memory(self) -> int:
        """Bytes that Valkey uses for data once all that has expired is gone: without scripts,
        clients and the buffer of its log.
        """
        await self._expire()
        await self.redis.execute_command("MEMORY", "PURGE")  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        found = cast("Mapping[str, int]", await self.redis.info("memory"))
        return found["used_memory"] - sum(int(found.get(name, 0)) for name in _NOT_DATA)

    async def keys(self) -> list[str]:
        """All keys."""
        return sorted([key.decode() async for key in self.redis.scan_iter(count=5000)])

    async def _expire(self) -> None:
        """Wait until Valkey has deleted what has expired, and made its tables smaller."""
        size = math.inf
        while True:
            async for _ in self.redis.scan_iter(count=5000):  # reading deletes it, too
                pass
            await asyncio.sleep(0.5)  # Redis expires keys by itself, some of them at a time
            if (now := await self.redis.dbsize()) >= size:
                return
            size = now


def homes() -> list[Home]:
    """The homes of all apps."""
    return [Home(app, shard) for app in APPS for shard in range(app.shards)]


@asynccontextmanager
async def open_world(
    folder: Path, retention: timedelta, content_retention: timedelta | None
) -> AsyncIterator[World]:
    """Run a Valkey with a clock of its own."""
    clock = SteppedClock(folder / "valkey-clock")
    environment = {**clock.environment(), "FAKETIME_NO_CACHE": "1"}  # so that it notices at once
    with start_valkey(folder, environment) as (url, _):
        redis = connect(RedisSettings(url=url))
        try:
            yield World.open(redis, clock, retention, content_retention)
        finally:
            await redis.aclose()
