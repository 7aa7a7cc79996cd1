"""Push time: due messages in (claimed), jobs out (submitted). Each step may be done again after a crash, harmlessly."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from datetime import timedelta

from pushgate.apps.catalog import AppCatalog
from pushgate.dispatch.job import Job
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Envelope, Priority, Status
from pushgate.domain.outcome import State
from pushgate.grouping.selection import cut
from pushgate.ledger.pending import Block
from pushgate.runtime import logs, tasks
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.scheduler.planner import Planner
from pushgate.stores import Stores

_AT_ONCE = 16
_PAUSE = timedelta(seconds=1)
"""Until a message whose dispatch was interrupted is claimed again."""
_log = logs.get("pushtime")


class Dispatcher:
    """Claims what is due, plans it, submits its jobs."""

    def __init__(
        self,
        stores: Stores,
        outbox: JobQueueLimiter,
        catalog: AppCatalog,
        clock: Clock,
        holder: str,
        lease: timedelta,
        metrics: SchedulerMetrics,
    ) -> None:
        self._stores = stores
        self._outbox = outbox
        self._planner = Planner(stores, catalog, clock)
        self._clock = clock
        self._holder = holder
        self._lease = lease
        self._metrics = metrics
        self.stopping = False
        self._running: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Claim no more."""
        self.stopping = True

    async def dispatch_due(self) -> int:
        """Begin to dispatch every message that is due; returns how many. Waits only for a free place among the few
        that are dispatched at once, so that an urgent push does not wait for a broadcast."""
        total = 0
        while not self.stopping:
            while len(self._running) >= _AT_ONCE:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            free = _AT_ONCE - len(self._running)
            claimed = await self._stores.claims.claim(self._clock.now(), self._lease, self._holder, free)
            for message in claimed:
                task = asyncio.create_task(self._held(message))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            total += len(claimed)
            if len(claimed) < free:
                break
        return total

    async def settled(self) -> None:
        """Wait until nothing is being dispatched."""
        while self._running:
            await asyncio.wait(self._running)

    async def _held(self, message: Envelope) -> None:
        """Dispatch while the claim is renewed."""
        renewing = asyncio.create_task(self._keep_renewing(message.id))
        interrupted = False
        try:
            await self._dispatch(message)
        except EngineUnavailable as error:
            # What was planned stays planned.
            _log.warning(
                "dispatch interrupted", action="dispatch_failed", message=message.id, error=str(error)
            )
            interrupted = True
        except Exception:  # noqa: BLE001  # one message's fault must not stop the others
            _log.exception("dispatch failed", action="dispatch_failed", message=message.id)
        finally:
            await tasks.cancel_and_wait(renewing)
        if interrupted:
            await self._put_back(message.id)

    async def _put_back(self, message_id: str) -> None:
        """Give the claim up as soon as the queue can be reached; when the lease has run out, it is up anyway."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._lease.total_seconds()
        while True:
            try:
                await self._stores.claims.put_back(message_id, self._holder, self._clock.now() + _PAUSE)
            except EngineUnavailable:
                if self.stopping or loop.time() > until:
                    return
                await asyncio.sleep(_PAUSE.total_seconds())
            else:
                return

    async def _keep_renewing(self, message_id: str) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            with contextlib.suppress(EngineUnavailable):
                await self._stores.claims.renew(message_id, self._holder, self._clock.now() + self._lease)

    async def _dispatch(self, message: Envelope) -> None:
        started = self._clock.now()
        stores = self._stores
        app, jobs = await self._planner.app(message.app), 0
        keep_until = stores.retention.keep_until(message)
        async for scope, blocks in self._planner.blocks(message):
            found = list(jobs_for(message, scope.shard, blocks))
            await self._submit(message, found)
            jobs += len(found)
        status = await stores.claims.mark_submitted(
            message.id, self._holder, self._clock.now() + timedelta(seconds=1)
        )
        if status is Status.CANCELLED:
            await stores.pending.end(app, message.id, keep_until, State.CANCELLED)
        if await stores.results.settled(app, message.id):
            await stores.lifecycle.finish(message.app, message.id)
        self._metrics.dispatched(message.app, started - message.push_at, jobs)
        _log.info(
            "message dispatched",
            action="dispatched",
            app=message.app,
            message=message.id,
            jobs=jobs,
            late_ms=(started - message.push_at) // timedelta(milliseconds=1),
        )

    async def _submit(self, message: Envelope, jobs: Sequence[Job]) -> None:
        try:
            await self._outbox.submit(jobs)
        except EngineUnavailable as error:
            # The message is planned: the sweep submits what is pending as soon as Gearman is back.
            _log.warning(
                "Gearman is out of reach", action="submit_failed", message=message.id, error=str(error)
            )


URGENT_BLOCKS = 64
"""A message of high priority to more blocks than this, in a shard, is a broadcast: it goes first among the others, but not
through the capacity that is kept free for urgent pushes."""


def jobs_for(message: Envelope, shard: int, blocks: Sequence[Block], attempt: int = 0) -> Iterator[Job]:
    """The jobs that send these blocks."""
    high = message.priority is Priority.HIGH
    by_group: dict[str, list[Block]] = {}
    for block in blocks:
        by_group.setdefault(block.group.key, []).append(block)
    for found in by_group.values():
        for numbers in cut(block.number for block in found):
            yield Job(
                app=message.app,
                message_id=message.id,
                group=found[0].group,
                shard=shard,
                blocks=numbers,
                attempt=attempt,
                priority=message.priority,
                urgent=high and len(blocks) <= URGENT_BLOCKS,
                resend=message.resend.count if message.resend else 0,
                expires_at_ms=to_ms(message.expires_at),
            )
