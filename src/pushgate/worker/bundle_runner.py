"""Runs jobs of bundles. A slow run goes on after its Gearman job has ended."""

import asyncio
import itertools
from contextlib import suppress
from datetime import timedelta

from pushgate.apps.catalog import AppCatalog, ConfiguredVendor
from pushgate.bundles.bundle_values import TakenBundle
from pushgate.bundles.values import Home
from pushgate.dispatch.job import BundleJob
from pushgate.domain.errors import EngineUnavailable
from pushgate.runtime import logs
from pushgate.worker.bundle_run import BundleRun
from pushgate.worker.change_buffer import BundleLease, ChangeBuffer
from pushgate.worker.context import WorkerContext
from pushgate.worker.deferred_counts import DeferredCounts
from pushgate.worker.push_renderer import Sign

JOB_SECONDS = 0.25
"""After this time a job ends, and its bundle goes on under its lease: one slow answer must not keep
a connection from all other jobs."""
SMALL_BUNDLE = 64
"""The run of a bundle with at most this many pushes costs little but time, so its job ends at once.
A connection holds one job, and urgent messages have only a connection or two.
"""
MAX_STRAGGLERS = 32
"""How many bundles may go on without their jobs in one process."""
_CANCEL_TIMEOUT = 5.0
"""Seconds for cancelled runs to record what they know."""
_log = logs.get("worker")


class BundleRunner:
    """Runs jobs of bundles, several at once."""

    def __init__(self, context: WorkerContext, catalog: AppCatalog, sign: Sign, holder: str) -> None:
        """`holder` names this process; no other process, now or before, has the same name."""
        self._context = context
        self._catalog = catalog
        self._sign = sign
        self._holder = holder
        self._runs = itertools.count()
        self._counts = DeferredCounts(context.stores)
        self._stragglers: set[asyncio.Task[None]] = set()

    async def __call__(self, job: BundleJob) -> None:
        """Send the bundle's pushes that are due. Returns when the outcomes are recorded, or
        earlier: then the run goes on without its job.

        Raises EngineUnavailable.
        """
        home = Home((await self._catalog.ensure(job.app)).app, job.shard)
        # One holder for each run: two copies of a job in one process must not share a lease.
        holder, duration = f"{self._holder}:{next(self._runs)}", self._context.timings.lease
        taken = await self._context.stores.bundles.take(home, job.bundle, holder, duration)
        if isinstance(taken, timedelta):
            return  # nothing to send now, or another worker sends it; a scheduler checks the bundle later
        release = self._catalog.hold()
        configured = self._catalog.vendor(job.app, taken.vendor)
        lease = BundleLease(home, job.bundle, holder, duration, taken.digest)
        run = asyncio.create_task(self._run(self._bundle_run(taken, lease, configured)))
        run.add_done_callback(release)
        seconds = 0 if len(taken.due) <= SMALL_BUNDLE else JOB_SECONDS
        await self._finish_or_leave(run, seconds)

    async def drain(self, limit: timedelta) -> int:
        """Wait for the runs that go on without their jobs; returns how many were cut off after
        `limit`.

        Afterwards all counts are recorded, if Redis can be reached.
        """
        if self._stragglers:
            await asyncio.wait(set(self._stragglers), timeout=limit.total_seconds())
        left = set(self._stragglers)
        for task in left:
            task.cancel()
        if left:
            # Cancelled runs still record the outcomes they know.
            await asyncio.wait(left, timeout=_CANCEL_TIMEOUT)
        with suppress(EngineUnavailable):
            await self._counts.flush()
        return len(left)

    async def _run(self, run: BundleRun) -> None:
        try:
            await run.run()
        finally:
            self._context.credential_uses.note(run.home.app.name, run.configured, run.summary)

    def _bundle_run(
        self, taken: TakenBundle, lease: BundleLease, configured: ConfiguredVendor | None
    ) -> BundleRun:
        context = self._context
        return BundleRun(
            context=context,
            home=lease.home,
            taken=taken,
            lease=lease,
            configured=configured,
            sign=self._sign,
            counts=self._counts,
            changes=ChangeBuffer(context.stores.bundles, lease, context.timings.flush_interval),
        )

    async def _finish_or_leave(self, task: asyncio.Task[None], seconds: float) -> None:
        """Wait for the run at least for `seconds`, and longer while there is no room for a
        straggler.
        """
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=seconds)
                if not task.done() and len(self._stragglers) < MAX_STRAGGLERS:
                    self._stragglers.add(task)
                    task.add_done_callback(self._straggler_ended)
                    return
                seconds = JOB_SECONDS
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        task.result()

    def _straggler_ended(self, task: asyncio.Task[None]) -> None:
        self._stragglers.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, EngineUnavailable):
            _log.warning("bundle interrupted", action="bundle_interrupted", error=str(error), outage=True)
        elif error:
            _log.error("bundle failed", action="bundle_failed", exc_info=error)
