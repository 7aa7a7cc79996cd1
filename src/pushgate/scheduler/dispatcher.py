"""Claims and plans due messages, and submits their jobs.

Each step may be repeated after a crash, harmlessly.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

from pushgate import deciding
from pushgate.dispatch.job import Job
from pushgate.domain.app import App
from pushgate.domain.canary import CanaryState
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Envelope, Status
from pushgate.domain.outcome import State
from pushgate.ledger.values import Block, MessageShard
from pushgate.pausing import end_pause
from pushgate.runtime import logs, tasks
from pushgate.runtime.tracing import following
from pushgate.scheduler.awaited_plans import PlanAwaited
from pushgate.scheduler.canary_jobs import begin_canary, canary_jobs, is_spread, note_canary, paced
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.jobs import jobs_for
from pushgate.scheduler.planner import Planner
from pushgate.scheduler.quota_wants import QuotaWants
from pushgate.scheduler.rest import Rest
from pushgate.scheduler.spreading import spread_blocks

_MAX_CONCURRENT = 16
"""Messages that are dispatched at the same time."""
_RECLAIM_DELAY = timedelta(seconds=1)
"""Until a message whose dispatch was interrupted is claimed again."""
_FIRST_CHECK_DELAY = timedelta(seconds=1)
"""Until recovery checks a dispatched message for the first time."""
_log = logs.get("scheduler")


class Dispatcher:
    """Claims due messages, plans them, and submits their jobs."""

    def __init__(self, context: SchedulerContext, holder: str, lease: timedelta) -> None:
        """`holder` names this process; a claim ends after `lease` unless it is renewed."""
        self._context = context
        self._stores = context.stores
        self._planner = Planner(context.stores, context.clock)
        self._quota_wants = QuotaWants(context.stores)
        self._holder = holder
        self._lease = lease
        self._claims = itertools.count()
        self._running: set[asyncio.Task[None]] = set()
        self.stopping = False
        """Whether no more messages are claimed."""

    def stop(self) -> None:
        """Claim no more messages."""
        self.stopping = True

    async def dispatch_due(self) -> int:
        """Begin to dispatch every due message; returns how many.

        Waits only while too many messages are being dispatched, so that an urgent one does not wait
        for a broadcast.
        """
        total = 0
        while not self.stopping:
            while len(self._running) >= _MAX_CONCURRENT:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            free = _MAX_CONCURRENT - len(self._running)
            now = self._context.clock.now()
            paused = self._stores.pauses.paused_apps
            # A name for each claim: a message that was paused and resumed meanwhile is claimed
            # again while this process still plans it.
            holder = f"{self._holder}:{next(self._claims)}"
            claimed = await self._stores.claims.claim(now, self._lease, holder, free, paused)
            for message in claimed:
                task = asyncio.create_task(self._dispatch_claimed(message, holder))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            total += len(claimed)
            if len(claimed) < free:
                break
        return total

    async def wait_until_idle(self) -> None:
        """Wait until nothing is being dispatched."""
        while self._running:
            await asyncio.wait(self._running)

    async def _dispatch_claimed(self, message: Envelope, holder: str) -> None:
        """Dispatch while the claim is renewed."""
        renewal = asyncio.create_task(self._keep_renewing(message.id, holder))
        interrupted = False
        try:
            contexts = (message.trace,) if message.trace else ()
            with following(self._context.tracer, "plan", {"app": message.app}, contexts):
                await self._dispatch(message, holder)
        except EngineUnavailable as error:
            # Shards that have been planned keep their plan.
            _log.warning(
                "dispatch interrupted",
                action="dispatch_failed",
                message=message.id,
                error=str(error),
                outage=True,
            )
            interrupted = True
        except PlanAwaited as error:
            _log.info(
                "plan waits for another one", action="plan_waits", message=message.id, reason=str(error)
            )
            interrupted = True
        except Exception:  # noqa: BLE001  # one message's fault must not stop the others
            _log.exception("dispatch failed", action="dispatch_failed", message=message.id)
        finally:
            await tasks.cancel_and_wait(renewal)
        if interrupted:
            await self._give_up_claim(message.id, holder)

    async def _dispatch(self, message: Envelope, holder: str) -> None:
        started_at, jobs = self._context.clock.now(), 0
        configured = await self._context.catalog.ensure(message.app)
        empty: list[int] = []
        pause = await end_pause(self._stores, configured.app, message)
        rest = await Rest.begin(self._context, message, configured)
        if rest is None:
            await deciding.note_dispatch(self._stores, configured.app, message, started_at)
        await self._stores.open_shards.open(configured.app, message.id)
        canary = await begin_canary(self._stores, message, started_at)
        async with aclosing(self._planner.plan(message, configured)) as planned:
            async for shard, blocks in planned:
                if rest:
                    await rest.release(shard)
                if blocks:
                    jobs += await self._submit_shard(message, configured.app, shard, blocks, canary)
                else:
                    empty.append(shard)
        await self._quota_wants.note(message, configured)
        await self._end_claim(message, holder, configured.app, empty)
        # A message that waits for a decision is due when the decision is made, a paused one when it
        # is resumed.
        decided_at = rest.decision.at if rest else canary.decided_at if canary else None
        due_at = max(at for at in (message.push_at, decided_at, pause.resumed_at) if at)
        late = started_at - due_at
        self._context.metrics.dispatched(message.app, late, jobs)
        _log.info(
            "message dispatched",
            action="dispatched",
            app=message.app,
            message=message.id,
            jobs=jobs,
            late_ms=late // timedelta(milliseconds=1),
        )

    async def _submit_shard(
        self, message: Envelope, app: App, shard: int, blocks: Sequence[Block], canary: CanaryState | None
    ) -> int:
        """Submit jobs of these blocks, or let them wait until they are due; returns how many."""
        keep_until = self._stores.retention.keep_until(message)
        await note_canary(self._stores, MessageShard(app, shard, message.id, keep_until), canary)
        if is_spread(message, canary):
            return await spread_blocks(self._context, paced(message, canary), app, shard, blocks)
        jobs = canary_jobs(jobs_for(message, shard, blocks), canary)
        await self._submit(message, jobs)
        return len(jobs)

    async def _submit(self, message: Envelope, jobs: Sequence[Job]) -> None:
        try:
            await self._context.job_limiter.submit(jobs)
        except EngineUnavailable as error:
            # The shard is planned: recovery submits its pending blocks as soon as Gearman is back.
            _log.warning(
                "Gearman is out of reach",
                action="submit_failed",
                message=message.id,
                error=str(error),
                outage=True,
            )

    async def _end_claim(self, message: Envelope, holder: str, app: App, empty: Sequence[int]) -> None:
        """End the claim: all jobs are submitted. Nothing is pending in the shards of `empty`.

        A message that was cancelled meanwhile, or has nothing open, ends here.
        """
        stores = self._stores
        status = await stores.claims.mark_submitted(message.id, holder, self._in(_FIRST_CHECK_DELAY))
        if status is Status.CANCELLED:
            keep_until = stores.retention.keep_until(message)
            await stores.pending.end(app, message.id, keep_until, State.CANCELLED)
        may_be_over = await stores.open_shards.close(app, message.id, empty)
        if may_be_over and await stores.results.settled(app, message.id):
            if message.category:
                await stores.frequency_caps.give_back(app, message.id)
            await stores.lifecycle.finish(message.app, message.id)

    async def _give_up_claim(self, message_id: str, holder: str) -> None:
        """Put the message back as soon as the queue can be reached.

        Once the lease has run out, the claim has ended by itself.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._lease.total_seconds()
        while True:
            try:
                await self._stores.claims.put_back(message_id, holder, self._in(_RECLAIM_DELAY))
            except EngineUnavailable:
                if self.stopping or loop.time() > deadline:
                    return
                await asyncio.sleep(_RECLAIM_DELAY.total_seconds())
            else:
                return

    async def _keep_renewing(self, message_id: str, holder: str) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            with contextlib.suppress(EngineUnavailable):
                await self._stores.claims.renew(message_id, holder, self._in(self._lease))

    def _in(self, delay: timedelta) -> datetime:
        """The instant after this delay."""
        return self._context.clock.now() + delay
