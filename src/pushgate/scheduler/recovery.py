"""Checks messages that are being sent: submits lost work again, and ends messages whose time is
over.

Lost work is found by its pending slots, whatever lost it: a queue that was emptied, a worker that
died, a failover.
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pushgate import deciding
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import BlockJob, Job
from pushgate.domain.app import App
from pushgate.domain.canary import Phase
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Envelope, Status
from pushgate.domain.outcome import State
from pushgate.ledger.shard_scripts import SHARDS_AT_ONCE
from pushgate.ledger.values import Block, MessageShard
from pushgate.pausing import end_pause, tell_shards
from pushgate.quotas.quota import PATIENCE
from pushgate.redis.scripts import portions
from pushgate.runtime import logs
from pushgate.scheduler.canary_jobs import canary_jobs, find_canary, is_spread, paced
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.deferral import release_held
from pushgate.scheduler.fault_isolation import isolate_fault
from pushgate.scheduler.job_limiter import apps_of
from pushgate.scheduler.jobs import jobs_for
from pushgate.scheduler.quota_wants import QuotaWants
from pushgate.scheduler.rest import Rest
from pushgate.scheduler.spreading import spread_blocks

_BATCH_SIZE = 200
"""Messages that are read together."""
_MAX_STUCK_BLOCKS = 4096
"""Blocks of a shard that are submitted again in one check."""
_RETRY_GRACE = timedelta(seconds=60)
"""A retry counts as lost if nobody has taken its job this long after it was due. It counts as lost
at once if a Gearman server was lost since, because it may have waited there.
"""
_HELD_CHECK = timedelta(minutes=1)
"""The pause between two checks of a message whose remaining terminals are all held. It is checked
because a shard may lose its plan meanwhile.
"""
_IDLE_RESUBMIT_AFTER = timedelta(seconds=2)
"""The same for an app without waiting jobs in Gearman: then a block without a lease has no job."""
_log = logs.get("scheduler")


@dataclass(frozen=True, slots=True)
class RecoveryIntervals:
    """How often a message is checked, and when a job that nobody took counts as lost."""

    check: timedelta
    resubmit_after: timedelta


def _isolated(message: Envelope) -> AbstractContextManager[None]:
    """Isolate faults of one message. The others are checked even without Gearman, because some may
    only have to be ended.
    """
    return isolate_fault("recovery", action="sweep_failed", message_id=message.id)


class Recovery:
    """Checks messages that are being sent, and messages that were finished a while ago."""

    def __init__(self, context: SchedulerContext, admin: GearmanAdmin, intervals: RecoveryIntervals) -> None:
        self._context = context
        self._stores = context.stores
        self._admin = admin
        self._intervals = intervals
        self._quota_wants = QuotaWants(context.stores)
        self._losses = 0
        self._lost_at = datetime.min.replace(tzinfo=UTC)
        """When a Gearman server was last lost: earlier jobs may be lost."""

    @property
    def interval(self) -> timedelta:
        """The pause between two checks of a message."""
        return self._intervals.check

    async def run_once(self) -> int:
        """Check every message that is due for it; returns how many blocks were submitted again."""
        await self._context.job_limiter.drop_expired(self._context.clock.now())
        if (losses := self._context.job_limiter.count_losses()) != self._losses:
            self._losses, self._lost_at = losses, self._context.clock.now()
        await self._check_paused()
        resubmitted = await self._check_unfinished()
        await self._check_finished()
        return resubmitted

    async def _check_unfinished(self) -> int:
        total, busy_apps = 0, await self._busy_apps()
        while True:
            now = self._context.clock.now()
            found = await self._stores.lifecycle.unfinished(now, now + self._intervals.check, _BATCH_SIZE)
            for stored in found:
                with _isolated(stored.envelope):
                    total += await self._check(stored.envelope, stored.status, busy_apps)
            if len(found) < _BATCH_SIZE:
                return total

    async def _check_paused(self) -> None:
        """Check paused messages: shards that lost the note of the pause, or never got it, get it
        now. A message whose time to live is over is resumed, so that it ends like any other.
        """
        while True:
            now = self._context.clock.now()
            found = await self._stores.message_pauses.due(now, now + self._intervals.check, _BATCH_SIZE)
            for message in (stored.envelope for stored in found):
                with _isolated(message):
                    await self._check_pause(message, now)
            if len(found) < _BATCH_SIZE:
                return

    async def _check_pause(self, message: Envelope, now: datetime) -> None:
        pauses = self._stores.message_pauses
        app = (await self._context.catalog.ensure(message.app)).app
        # A part that its family left behind goes on with it.
        is_over = now >= message.expires_at or (
            message.part and not (await pauses.find(message.part.family)).is_paused
        )
        if is_over:
            await pauses.resume(message.app, message.id)
        else:
            await tell_shards(self._stores, app, message, (await pauses.find(message.id)).number)

    async def _check(self, message: Envelope, status: Status, busy_apps: Collection[str] | None) -> int:
        """Check one message; returns how many of its blocks were submitted again."""
        configured = await self._context.catalog.ensure(message.app)
        app, now, held_until = configured.app, self._context.clock.now(), None
        is_kept = now < self._stores.retention.keep_until(message)
        if status is not Status.CANCELLED and is_kept and await self._replan(app, message):
            return 0
        if message.waits_in_quiet_hours and status is Status.SENDING:
            held_until = await release_held(self._context, message, configured)
        if status is Status.CANCELLED or now >= message.expires_at:
            await self._end(app, message)
            return 0
        decision = await deciding.find(self._stores, app, message)
        if decision:
            await Rest.repair(self._context, message, configured, decision)
        elif await deciding.look(self._stores, app, message, now):
            return 0
        patience = max(PATIENCE, 3 * self._intervals.check)
        await self._quota_wants.note(message, configured, patience)
        idle = busy_apps is not None and message.app not in busy_apps
        resubmit_after = _IDLE_RESUBMIT_AFTER if idle else self._intervals.resubmit_after
        still_open, resubmitted = await self._resubmit_stuck(
            app, message, max(now - resubmit_after, self._lost_at)
        )
        if resubmitted:
            await end_pause(self._stores, app, message)  # the message may wait for that
            self._context.metrics.resubmitted(resubmitted)
            _log.warning(
                "blocks submitted again", action="resubmitted", message=message.id, blocks=resubmitted
            )
        if still_open == 0 and held_until:
            await self._stores.lifecycle.check_at(message.id, min(held_until, now + _HELD_CHECK))
        elif still_open == 0:
            await self._finish(app, message)
        return resubmitted

    async def _resubmit_stuck(
        self, app: App, message: Envelope, submitted_before: datetime
    ) -> tuple[int, int]:
        """Submit the blocks that nobody is going to send; returns how many terminals are open, and
        how many blocks were submitted.
        """
        keep_until = self._stores.retention.keep_until(message)
        retry_before = max(self._context.clock.now() - _RETRY_GRACE, self._lost_at)
        still_open = resubmitted = 0
        for some in portions(list(await self._stores.results.open_counts(app, message.id)), SHARDS_AT_ONCE):
            shards = [MessageShard(app, number, message.id, keep_until) for number in some]
            find = self._stores.pending.find_stuck
            found = await asyncio.gather(
                *(find(shard, submitted_before, retry_before, _MAX_STUCK_BLOCKS) for shard in shards)
            )
            for number, (shard_open, blocks) in zip(some, found, strict=True):
                still_open += shard_open
                jobs = [job for job in jobs_for(message, number, blocks) if not self._waits(job)]
                resubmitted += sum(len(job.blocks) for job in jobs)
                if jobs:
                    await self._submit(app, message, number, blocks, jobs)
        return still_open, resubmitted

    async def _submit(
        self, app: App, message: Envelope, shard: int, blocks: Sequence[Block], jobs: Sequence[BlockJob]
    ) -> None:
        """Submit jobs of these blocks. The blocks of a message that is spread over time go on at
        its pace. While the message's canary runs, only the canary's terminals are sent.
        """
        canary = await find_canary(self._stores, message)
        if canary and canary.phase is not Phase.RUNNING:
            # The shard's note may have been lost with the last writes of a server.
            keep_until = self._stores.retention.keep_until(message)
            await self._stores.canary_shards.end(MessageShard(app, shard, message.id, keep_until))
        if is_spread(message, canary):
            numbers = {number for job in jobs for number in job.blocks}
            lost = [block for block in blocks if block.number in numbers]
            await spread_blocks(self._context, paced(message, canary), app, shard, lost)
        else:
            await self._context.job_limiter.submit(canary_jobs(jobs, canary))

    def _waits(self, job: Job) -> bool:
        """Whether the job waits for room in Gearman, or for its app or vendor to be resumed."""
        is_paused = self._stores.pauses.find(job.app, job.vendor) is not None
        return is_paused or self._context.job_limiter.has_backlog(job)

    async def _end(self, app: App, message: Envelope) -> None:
        """End the pending terminals, unless the message has more time by now.

        The message was read a while ago: since then a worker may have finished it, and a caller may
        have asked to send its failures again.
        """
        try:
            stored = await self._stores.messages.read_envelope(message.app, message.id)
        except NotFound:
            return
        if stored.status is Status.CANCELLED:
            state = State.CANCELLED
        elif stored.status is Status.SENDING and self._context.clock.now() >= stored.envelope.expires_at:
            state = State.EXPIRED
        else:
            return
        keep_until = self._stores.retention.keep_until(stored.envelope)
        ended = await self._stores.pending.end(app, message.id, keep_until, state)
        await self._finish(app, message)
        _log.info("message ended", action="ended", message=message.id, state=state.value, terminals=ended)

    async def _finish(self, app: App, message: Envelope) -> None:
        """Finish a message without open terminals. Unused places of a frequency cap are given back
        first.
        """
        if message.category:
            await self._stores.frequency_caps.give_back(app, message.id)
        await self._stores.lifecycle.finish(message.app, message.id)

    async def _replan(self, app: App, message: Envelope) -> bool:
        """Have the message planned again if a shard has lost its plan, for example in a failover.

        Otherwise nothing would be pending in that shard, and nothing would ever be sent there.
        Returns whether there is such a shard.
        """
        shards = await self._stores.plans.unplanned(app, message.id)
        if shards and await self._stores.lifecycle.replan(message.app, message.id):
            _log.warning("plan lost, planned again", action="plan_lost", message=message.id, shards=shards)
        return bool(shards)

    async def _check_finished(self) -> None:
        """Check messages that were finished a while ago; reopen those with open terminals."""
        while True:
            now = self._context.clock.now()
            found = await self._stores.lifecycle.settling(now, now + self._intervals.check, _BATCH_SIZE)
            for message in (stored.envelope for stored in found):
                with _isolated(message):
                    app = (await self._context.catalog.ensure(message.app)).app
                    if await self._stores.results.open_counts(app, message.id):
                        await self._stores.lifecycle.reopen(message.app, message.id)
                    else:
                        await self._stores.lifecycle.settle(message.app, message.id)
            if len(found) < _BATCH_SIZE:
                return

    async def _busy_apps(self) -> Collection[str] | None:
        """The apps that have jobs waiting in a Gearman server, None if unknown.

        A block without a lease has no job at all if its app is not among them. This is known for
        each app, because jobs that no worker takes must not delay the recovery of other apps.
        """
        waiting = (await self._admin.survey()).waiting_functions()
        return None if waiting is None else apps_of(waiting)
