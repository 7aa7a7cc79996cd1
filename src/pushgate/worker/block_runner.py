"""Runs jobs of blocks: reads the message, leases the blocks, and sends to those that it got."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace as replace_fields
from datetime import timedelta
from functools import partial

from msgspec.structs import replace

from pushgate.apps.catalog import AppCatalog, ConfiguredVendor
from pushgate.dispatch.job import BlockJob
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Message
from pushgate.ledger.values import Block, MessageShard, Move, Taken
from pushgate.runtime import logs
from pushgate.runtime.lru_cache import LRUCache
from pushgate.worker.block_quota import BlockQuota
from pushgate.worker.block_run import BlockRun, SendPart, tried_last
from pushgate.worker.context import WorkerContext
from pushgate.worker.job_lease import JobLease
from pushgate.worker.job_summary import JobSummary
from pushgate.worker.outcome_buffer import OutcomeBuffer
from pushgate.worker.push_renderer import PushRenderer
from pushgate.worker.reached_meanwhile import reached_meanwhile, without_slots
from pushgate.worker.shares import canary_of, share_of

_MAX_MESSAGES = 256
_LEASE_MARGIN = timedelta(seconds=1)
_log = logs.get("worker")


class BlockRunner:
    """Runs jobs of blocks, several at once."""

    def __init__(
        self, context: WorkerContext, catalog: AppCatalog, renderer: PushRenderer, holder: str
    ) -> None:
        """`holder` names this process; no other process, now or before, has the same name."""
        self._context = context
        self._catalog = catalog
        self._renderer = renderer
        self._holder = holder
        self._messages: LRUCache[tuple[str, int], Message] = LRUCache(_MAX_MESSAGES)
        self._runs = itertools.count()

    async def __call__(self, job: BlockJob) -> None:
        """Do the job. Slots that stay pending are rescheduled before this returns, unless the
        message expires first.

        Raises EngineUnavailable.
        """
        message = await self._message(job)
        if message is None:
            return
        stores = self._context.stores
        app = (await self._catalog.ensure(job.app)).app
        message_shard = MessageShard(app, job.shard, job.message_id, stores.retention.keep_until(message))
        # One holder for each run: two copies of a job in one process must not share a lease.
        holder = f"{self._holder}:{next(self._runs)}"
        blocks = [Block(job.group, number) for number in job.blocks]
        of_canary = job.canary_until is not None
        taken = await stores.leases.take(
            message_shard,
            holder,
            self._context.timings.lease,
            blocks,
            due_at=job.due_at,
            of_canary=of_canary,
        )
        if taken.held and not taken.ended:
            await self._revisit_held(job, taken)
        still_open = None
        if taken.pending:
            canary = message.options.canary
            is_late = not _goes_at_once(message) or (canary is not None and not of_canary)
            if job.postponements == 0 and not job.resend and not is_late:
                delay = self._context.clock.now() - message.push_at
                self._context.metrics.started(job.app, job.group.vendor, delay)
            lease = self._lease(message_shard, holder, taken)
            if of_canary and canary:
                sampled = canary_of(taken.pending, message_shard, canary.share)
                taken = replace_fields(taken, pending=sampled)
            elif share := job.next_share:
                taken = replace_fields(taken, pending=share_of(taken.pending, share, random.random))
            outcomes = OutcomeBuffer(lease, self._context.timings.flush_interval, taken.ended)
            reached = await reached_meanwhile(stores, message, message_shard, taken, outcomes)
            taken = replace_fields(taken, pending=without_slots(taken.pending, reached))
            still_open = await self._run(job, message, lease, taken, reached, outcomes)
        if taken.pending or not taken.held:
            await self._finish_if_settled(message_shard, still_open, message)

    async def _finish_if_settled(
        self, message_shard: MessageShard, still_open: int | None, message: Message
    ) -> None:
        """Finish the message if none of its terminals is open. `still_open` is how many terminals
        of the shard are open, None if unknown.

        Other shards are asked only if this shard has nothing open and no other is known to have:
        where an app has many shards, asking them after each job would cost more than the job.
        """
        stores, app, shard = self._context.stores, message_shard.app, message_shard.shard
        message_id = message_shard.message_id
        if still_open is None:
            still_open = (await stores.results.open_counts(app, message_id, [shard])).get(shard, 0)
        if still_open or not await stores.open_shards.close(app, message_id, [shard]):
            return
        if await stores.results.settled(app, message_id):
            if message.options.category_name:
                await stores.frequency_caps.give_back(app, message_id)
            await stores.lifecycle.finish(app.name, message_id)

    async def _message(self, job: BlockJob) -> Message | None:
        """The job's message, None when it was forgotten."""
        key = (job.message_id, job.resend)
        message = self._messages.get(key)
        if message is None:
            try:
                stored = await self._context.stores.messages.read(job.app, job.message_id)
            except NotFound:
                _log.warning("job of a forgotten message", action="job_dropped", message=job.message_id)
                return None
            message = stored.message
            self._messages.put(key, message)
        return message

    async def _revisit_held(self, job: BlockJob, taken: Taken) -> None:
        """Come back for the blocks that another worker holds when its lease has run out: that
        worker may be dead.
        """
        blocks = tuple(block.number for block in taken.held)
        due_at = self._context.clock.now() + max(taken.held.values()) + _LEASE_MARGIN
        await self._context.stores.retries.add(replace(job, blocks=blocks), due_at)

    def _lease(self, message_shard: MessageShard, holder: str, taken: Taken) -> JobLease:
        return JobLease(
            leases=self._context.stores.leases,
            outcomes=self._context.stores.outcomes,
            message_shard=message_shard,
            holder=holder,
            duration=self._context.timings.lease,
            blocks=list(taken.pending),
        )

    async def _run(
        self,
        job: BlockJob,
        message: Message,
        lease: JobLease,
        taken: Taken,
        reached: Sequence[Move],
        outcomes: OutcomeBuffer,
    ) -> int | None:
        """Record which users were reached meanwhile, then send to the pending slots of the leased
        blocks with the vendor's present settings.

        Returns how many terminals of the shard are open, None where nothing was recorded.
        """
        release = self._catalog.hold()
        try:
            configured = self._catalog.vendor(job.app, job.group.vendor)
            parts = await self._parts(job, message, lease.message_shard, taken, configured)
            if job.postponements and parts:
                tried = await self._context.stores.pending.tried(lease.message_shard, lease.blocks)
                parts = tried_last(parts, tried)
            quotas = self._context.stores.quotas
            quota = BlockQuota.find(quotas, job, message, lease.holder, configured)
            run = self._block_run(job, message, lease, taken, parts, quota, reached, outcomes)
            try:
                await run.run()
            finally:
                self._context.credential_uses.note(job.app, configured, run.summary)
            return run.outcomes.open
        finally:
            release()

    async def _parts(
        self,
        job: BlockJob,
        message: Message,
        message_shard: MessageShard,
        taken: Taken,
        configured: ConfiguredVendor | None,
    ) -> list[SendPart]:
        """Group the pending slots by the push that they get: a message with variants has a push for
        each variant.

        Raises EngineUnavailable.
        """
        if not taken.pending:
            return []  # all were reached meanwhile
        if message.split is None:
            return [SendPart(taken.pending, partial(self._renderer.prepare, job, message, configured))]
        parts: list[SendPart] = []
        arms = await self._context.stores.arms.read(message_shard, message.split, taken.pending)
        for number, arm in enumerate(arms):
            pending = {block: held for block, bits in taken.pending.items() if (held := bits & arm[block])}
            if pending:
                variant = message.with_variant(number)
                prepare = partial(self._renderer.prepare, job, variant, configured, number)
                parts.append(SendPart(pending, prepare))
        return parts

    def _block_run(
        self,
        job: BlockJob,
        message: Message,
        lease: JobLease,
        taken: Taken,
        parts: Sequence[SendPart],
        quota: BlockQuota | None,
        reached: Sequence[Move],
        outcomes: OutcomeBuffer,
    ) -> BlockRun:
        return BlockRun(
            context=self._context,
            job=job,
            message=message,
            lease=lease,
            pending=taken.pending,
            parts=parts,
            quota=quota,
            reached=reached,
            outcomes=outcomes,
            summary=JobSummary(),
        )


def _goes_at_once(message: Message) -> bool:
    """Whether all of a message is sent at its push time, as fast as possible."""
    is_held = message.split is not None and message.split.winner is not None
    return message.options.spread is None and not is_held
