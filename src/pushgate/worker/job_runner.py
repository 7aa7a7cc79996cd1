"""A job becomes sends, and their outcomes records: the worker's whole work.

Reads the message, takes a lease on the job's blocks, sends what is pending in them through the vendor's adapter, and
decides what follows an outcome. Only here is anything tried again.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from pushgate.adapters.contract import Prepared, Push
from pushgate.adapters.truncation import prepare
from pushgate.apps.catalog import AppCatalog
from pushgate.content.language import best_match
from pushgate.dispatch.job import Job, encode
from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.errors import NotFound, PayloadRejected, VendorError
from pushgate.domain.message import Message
from pushgate.domain.outcome import FailureCode, ReceiptKind, SlotRef, State
from pushgate.ledger.pending import NOT_CONFIGURED_REASON, Block, Failure, MessageShard, Move, Taken
from pushgate.runtime import logs
from pushgate.stores import Stores
from pushgate.terminals.removal_guard import DeadShare
from pushgate.worker.backoff import delay
from pushgate.worker.block_sender import BlockSender
from pushgate.worker.job_summary import JobSummary
from pushgate.worker.lru_cache import LRUCache
from pushgate.worker.metrics import WorkerMetrics
from pushgate.worker.outcome_buffer import OutcomeBuffer
from pushgate.worker.outcomes import held_back
from pushgate.worker.rate_limiter import RateLimiter
from pushgate.worker.route import Route

_SHORTEST_TURN = timedelta(milliseconds=500)
"""A job that was postponed comes back no sooner: by then Gearman has heard that this turn of it is over."""
_RENDERED_FOR = timedelta(seconds=30)
"""How long a rendering serves: it tells the vendor how much is left of the time to live."""
_log = logs.get("worker")


@dataclass(frozen=True, slots=True)
class WorkerTimings:
    """How long a block is held without a sign of life, and how often outcomes are recorded."""

    lease: timedelta
    flush_interval: timedelta


class JobRunner:
    """Handles one job after the other, several at once."""

    def __init__(
        self,
        stores: Stores,
        rate_limiter: RateLimiter,
        catalog: AppCatalog,
        sign: Callable[[str, str], str],
        clock: Clock,
        holder: str,
        pace: WorkerTimings,
        metrics: WorkerMetrics,
    ) -> None:
        self._stores = stores
        self._rate_limiter = rate_limiter
        self._catalog = catalog
        self._sign = sign
        self._clock = clock
        self._holder = holder
        self._pace = pace
        self._metrics = metrics
        self._messages: LRUCache[tuple[str, int], Message] = LRUCache(256)
        self._prepared: LRUCache[tuple[str, int, str, str], tuple[datetime, Prepared]] = LRUCache(256)
        self._executions = itertools.count()

    async def __call__(self, job: Job) -> None:
        """Do the job. What it leaves pending is on its way to be tried again when this returns."""
        message = await self._message(job)
        if message is None:
            return
        app = (await self._catalog.ensure(job.app)).app
        scope = MessageShard(app, job.shard, job.message_id, self._stores.retention.keep_until(message))
        wanted = [Block(job.group, number) for number in job.blocks]
        # One holder for each execution: two copies of a job in one process must not share a lease.
        holder = f"{self._holder}:{next(self._executions)}"
        taken = await self._stores.pending.take(scope, holder, self._pace.lease, wanted)
        if taken.held and not taken.ended:
            # Whoever holds them may be dead: come back when the lease has run out.
            numbers = tuple(block.number for block in taken.held)
            at = self._clock.now() + max(taken.held.values()) + timedelta(seconds=1)
            await self._stores.retries.add(encode(replace(job, blocks=numbers)), at)
        if taken.pending:
            if job.postponements == 0 and not job.resend:
                self._metrics.started(job.app, job.group.vendor, self._clock.now() - message.push_at)
            await self._blocks(job, message, scope, taken, holder)
        if taken.pending or not taken.held:
            await self._finish(app, message)

    async def _message(self, job: Job) -> Message | None:
        known = self._messages.get((job.message_id, job.resend))
        if known is None:
            try:
                entry = await self._stores.messages.read(job.app, job.message_id)
            except NotFound:
                _log.warning("job of a forgotten message", action="job_dropped", message=job.message_id)
                return None
            known = entry.message
            self._messages.put((job.message_id, job.resend), known)
        return known

    async def _finish(self, app: App, message: Message) -> None:
        if await self._stores.results.settled(app, message.id):
            await self._stores.lifecycle.finish(message.app, message.id)

    async def _blocks(
        self, job: Job, message: Message, scope: MessageShard, taken: Taken, holder: str
    ) -> None:
        pending, held = taken.pending, list(taken.pending)
        tally = JobSummary()
        recorder = OutcomeBuffer(
            self._stores.pending, scope, holder, self._pace.lease, self._pace.flush_interval, held
        )
        try:
            await self._send_all(job, message, scope, pending, taken.ended, recorder, tally)
        finally:
            self._metrics.finished(job.app, job.group.vendor, tally)
            await self._release_and_reschedule(job, message, scope, holder, pending, tally)
        await self._stores.totals.add(job.app, job.group.vendor, recorder.counts)
        await self._note_muted(scope, tally)
        await self._forget_dead(job, scope, list(pending), tally, recorder.counts)

    async def _send_all(
        self,
        job: Job,
        message: Message,
        scope: MessageShard,
        pending: Mapping[Block, int],
        ended: State | None,
        recorder: OutcomeBuffer,
        tally: JobSummary,
    ) -> None:
        async with recorder:
            recorder.ended = ended
            try:
                slices = BlockSender(
                    self._stores.tokens,
                    self._stores.registry,
                    self._rate_limiter,
                    self._clock,
                    message,
                    scope,
                    self._prepare(job, message),
                    recorder,
                    tally,
                    job.urgent,
                )
                for block, bits in pending.items():
                    if not slices.go_on():
                        break
                    await slices.send(block, bits)
                    # Recorded before the next block begins: that is also how a cancellation is heard of.
                    await recorder.record()
                if recorder.behind:
                    tally.retry(None)
            except PayloadRejected as error:
                failure = Failure(job.group.vendor, error.code, str(error))
                for block, bits in pending.items():
                    recorder.add(Move(block, bits, State.REJECTED, failure))
            except VendorError as error:
                tally.fail(error)
                for block, bits in pending.items():
                    recorder.add(held_back(block, bits, error))
                _log.info(
                    "vendor call failed",
                    action="vendor_failed",
                    app=job.app,
                    vendor=job.group.vendor,
                    kind=type(error).__name__,
                    code=error.code,
                    reason=error.reason,
                )

    def _prepare(self, job: Job, message: Message) -> Prepared:
        """Render once for a (message, vendor, content language); raises PayloadRejected."""
        configured = self._catalog.vendor(job.app, job.group.vendor)
        if configured is None:
            raise VendorError(FailureCode.VENDOR_NOT_CONFIGURED, NOT_CONFIGURED_REASON, 60.0)
        language = best_match(job.group.language, message.content, message.default_language)
        key = (message.id, job.resend, job.group.vendor, language)
        now = self._clock.now()
        rendered_at, prepared = self._prepared.get(key) or (now, None)
        if prepared is None or now - rendered_at > _RENDERED_FOR:
            push = Push(
                message.id,
                message.content[language],
                message.options,
                message.expires_at,
                self._sign(message.app, message.id),
            )
            to_topics = job.group.vendor in message.audience.topics
            topics = configured.vendor.topic_pattern if to_topics else None
            prepared = prepare(configured.adapter, push, now, topics)
            self._prepared.put(key, (now, prepared))
        return prepared

    async def _pause(self, job: Job, pending: Mapping[Block, int], tally: JobSummary) -> timedelta:
        """Until the rest of the job is tried: what the vendor asks for, or a growing pause; or until it is its turn."""
        pause = timedelta(0)
        if tally.postponed is not None:
            pause = max(_SHORTEST_TURN, tally.postponed.wait)
            held_by = tally.postponed.held_by
            if held_by and job.postponements == 0:  # else it has its place in the queue already
                left = max(1, sum(bits.bit_count() for bits in pending.values()) - tally.answered)
                route = Route(job.app, job.group.vendor)
                pause = max(pause, await self._rate_limiter.reserve(route, held_by, left))
        if tally.again:
            pause = max(pause, delay(job.attempt, tally.asked, random.random()))  # noqa: S311  # jitter, no secret
        return pause

    async def _note_muted(self, scope: MessageShard, tally: JobSummary) -> None:
        """Count those as muted, as if their vendor had reported it."""
        if tally.muted:
            slot_refs: list[list[SlotRef]] = [
                [SlotRef(scope.shard, block.group, block.number * bitmaps.SLOTS_PER_BLOCK + offset)]
                for block, offset in tally.muted
            ]
            await self._stores.results.record_receipts(
                ReceiptKind.MUTED, scope.app, scope.message_id, slot_refs, scope.keep_until
            )

    async def _forget_dead(
        self, job: Job, scope: MessageShard, held: Sequence[Block], tally: JobSummary, now: Counter[State]
    ) -> None:
        """Take the dead tokens out of the registry. `now` counts the terminals that this job brought to a state."""
        dead, vendor = tally.dead, job.group.vendor
        if not tally.answered:
            return

        async def before() -> DeadShare:
            """What was answered for these blocks before; tokens that were refused or not answered tell nothing."""
            states = (State.ACCEPTED, State.INVALID)
            counts = await self._stores.pending.count(scope, held, *states)
            alive, died = (max(0, count - now[state]) for state, count in zip(states, counts, strict=True))
            return DeadShare(alive + died, died)

        if await self._stores.removal_guard.distrusts_responses(
            job.app, vendor, DeadShare(tally.answered, len(dead)), before
        ):
            _log.error(
                "so many tokens are called dead that they are kept: check the app's credentials and environment",
                action="removal_held",
                app=job.app,
                vendor=job.group.vendor,
                dead=len(dead),
                answered=tally.answered,
            )
            await self._stores.totals.hold(job.app, job.group.vendor, len(dead))
        elif dead:
            await self._stores.registry.forget_dead(scope.app, vendor, dead)

    async def _release_and_reschedule(
        self,
        job: Job,
        message: Message,
        scope: MessageShard,
        holder: str,
        pending: Mapping[Block, int],
        tally: JobSummary,
    ) -> None:
        """Give the blocks up; what must be tried again waits for its time, unless the message is over by then."""
        due: datetime | None = None
        if tally.again or tally.postponed is not None:
            attempt = job.attempt + 1 if tally.again else job.attempt
            due = self._clock.now() + await self._pause(job, pending, tally)
            if due < message.expires_at:
                numbers = tuple(block.number for block in pending)
                later = replace(job, blocks=numbers, attempt=attempt, postponements=job.postponements + 1)
                await self._stores.retries.add(encode(later), due)
        await self._stores.pending.release(scope, holder, list(pending), due)
