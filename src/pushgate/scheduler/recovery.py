"""The sweep: whatever got lost on the way is found by its pending bits and sent on its way again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from pushgate.apps.catalog import AppCatalog
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import Job, UnreadableJob, decode, parse_function
from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.errors import EngineUnavailable, NotFound
from pushgate.domain.message import Envelope, Status
from pushgate.domain.outcome import State
from pushgate.ledger.pending import MessageShard
from pushgate.runtime import logs
from pushgate.scheduler.dispatcher import jobs_for
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.stores import Stores

_LOOK_AT = 200
_BLOCKS = 4096
_RETRIES = 500
_PAUSE = timedelta(seconds=1)
"""Until retries that Gearman did not take are submitted again."""
_RETRY_GRACE = timedelta(seconds=60)
_JUST_SUBMITTED = timedelta(seconds=2)
_log = logs.get("sweep")


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often messages being sent are looked at, and when a job that nobody took is submitted again."""

    sweep: timedelta
    resubmit_after: timedelta


class Recovery:
    """Looks after messages that are being sent, and submits retries that are due."""

    def __init__(
        self,
        stores: Stores,
        outbox: JobQueueLimiter,
        admin: GearmanAdmin,
        catalog: AppCatalog,
        clock: Clock,
        intervals: Intervals,
        metrics: SchedulerMetrics,
    ) -> None:
        self._stores = stores
        self._outbox = outbox
        self._admin = admin
        self._catalog = catalog
        self._clock = clock
        self._interval = intervals.sweep
        self._resubmit_after = intervals.resubmit_after
        self._metrics = metrics

    async def retry(self) -> int:
        """Submit the jobs that waited for room, or whose time to be tried again has come; returns how many."""
        total = await self._outbox.refill()
        while True:
            now = self._clock.now()
            until = now + timedelta(seconds=30)
            raw = await self._stores.retries.take(now, until, _RETRIES)
            jobs = [job for job in map(_readable, raw) if job]
            try:
                await self._outbox.submit(jobs)
            except EngineUnavailable:
                await self._stores.retries.put_back(raw, until, now + _PAUSE)
                raise
            total += len(jobs)
            await self._stores.retries.remove(raw, until)
            if len(raw) < _RETRIES:
                return total

    async def run_once(self) -> int:
        """Look at messages being sent: end what is over, send on what is stuck. Returns how many blocks were stuck."""
        total = 0
        busy = await self._busy_apps()
        await self._outbox.drop_expired(self._clock.now())
        while True:
            now = self._clock.now()
            entries = await self._stores.lifecycle.unfinished(now, now + self._interval, _LOOK_AT)
            for entry in entries:
                try:
                    total += await self._tend(entry.envelope, entry.status, busy)
                except EngineUnavailable as error:
                    # The next message may only need to be ended, which takes no Gearman.
                    _log.warning(
                        "sweep interrupted",
                        action="sweep_failed",
                        message=entry.envelope.id,
                        error=str(error),
                    )
            if len(entries) < _LOOK_AT:
                break
        await self._last_looks()
        return total

    async def _last_looks(self) -> None:
        """Messages that were finished a while ago: what is open after all is taken up again."""
        while True:
            now = self._clock.now()
            entries = await self._stores.lifecycle.settling(now, now + self._interval, _LOOK_AT)
            for entry in entries:
                app = (await self._catalog.ensure(entry.envelope.app)).app
                if await self._stores.results.open_count(app, entry.envelope.id):
                    await self._stores.lifecycle.reopen(entry.envelope.app, entry.envelope.id)
                else:
                    await self._stores.lifecycle.settle(entry.envelope.app, entry.envelope.id)
            if len(entries) < _LOOK_AT:
                return

    async def _tend(self, message: Envelope, status: Status, busy: Collection[str] | None) -> int:
        app = (await self._catalog.ensure(message.app)).app
        keep_until = self._stores.retention.keep_until(message)
        now = self._clock.now()
        if status is not Status.CANCELLED and now < keep_until and await self._replan(app, message):
            return 0
        if status is Status.CANCELLED or now >= message.expires_at:
            await self._end(app, message)
            return 0
        idle = busy is not None and message.app not in busy
        submitted_before = now - (_JUST_SUBMITTED if idle else self._resubmit_after)
        still_open = stuck = 0
        for shard in range(app.shards):
            scope = MessageShard(app, shard, message.id, keep_until)
            left, blocks = await self._stores.pending.stuck(
                scope, submitted_before, now - _RETRY_GRACE, _BLOCKS
            )
            still_open += left
            jobs = [job for job in jobs_for(message, shard, blocks) if not self._outbox.waits(job)]
            stuck += sum(len(job.blocks) for job in jobs)
            if jobs:
                await self._outbox.submit(jobs)
        if stuck:
            self._metrics.resubmitted(stuck)
            _log.warning("blocks submitted again", action="resubmitted", message=message.id, blocks=stuck)
        if still_open == 0:
            await self._stores.lifecycle.finish(message.app, message.id)
        return stuck

    async def _end(self, app: App, message: Envelope) -> None:
        """End what is pending, unless the message has more time by now.

        Since it was read with the others, a worker may have finished it and a caller may have retried its failures.
        """
        try:
            found = await self._stores.messages.read_envelope(message.app, message.id)
        except NotFound:
            return
        if found.status is Status.CANCELLED:
            state = State.CANCELLED
        elif found.status is Status.SENDING and self._clock.now() >= found.envelope.expires_at:
            state = State.EXPIRED
        else:
            return
        keep_until = self._stores.retention.keep_until(found.envelope)
        ended = await self._stores.pending.end(app, message.id, keep_until, state)
        await self._stores.lifecycle.finish(message.app, message.id)
        _log.info("message ended", action="ended", message=message.id, state=state.value, terminals=ended)

    async def _replan(self, app: App, message: Envelope) -> bool:
        """Hand a message back to be planned in shards that have lost their plan, in a failover say; whether there are any.

        Nobody would ever send there, and yet nothing would be pending.
        """
        shards = await self._stores.pending.unplanned(app, message.id)
        if shards:
            await self._stores.lifecycle.replan(message.app, message.id)
            _log.warning("plan lost, planned again", action="plan_lost", message=message.id, shards=shards)
        return bool(shards)

    async def _busy_apps(self) -> Collection[str] | None:
        """The apps that have jobs waiting in a Gearman server, None where that is not known. Of any other app, a block
        without a lease has no job at all.

        By app, for jobs that no worker takes must not slow down what was lost of others.
        """
        try:
            functions = await self._admin.status()
        except EngineUnavailable:
            return None
        waiting = [parse_function(found.name) for found in functions if found.queued > found.running]
        return {found[0] for found in waiting if found}


def _readable(raw: bytes) -> Job | None:
    """The job, or None for what is none: it must not stop the others."""
    try:
        return decode(raw)
    except UnreadableJob as error:
        _log.error("retry dropped", action="job_unreadable", error=str(error))
        return None
