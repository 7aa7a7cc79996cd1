"""One run of one job: leased slots are sent, results recorded, and the rest is rescheduled."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import UNSET
from msgspec.structs import replace

from pushgate.adapters.contract import Prepared
from pushgate.dispatch.job import BlockJob, Share
from pushgate.domain import bitmaps
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.errors import PayloadRejected, VendorError
from pushgate.domain.message import Message
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.push_class import next_vendor_day
from pushgate.ledger.values import Block, Failure, Move, Wait
from pushgate.runtime.tracing import Attributes, following
from pushgate.terminals.removal_guard import DeadShare
from pushgate.worker.addressees import BlockPush, PlainPush
from pushgate.worker.backoff import PAUSED_DELAY, job_delay, quota_delay
from pushgate.worker.block_quota import BlockQuota
from pushgate.worker.block_sender import BlockSender
from pushgate.worker.context import WorkerContext
from pushgate.worker.dead_tokens import remove_dead_tokens
from pushgate.worker.job_lease import JobLease
from pushgate.worker.job_summary import JobSummary, RateLimited
from pushgate.worker.outcome_buffer import OutcomeBuffer
from pushgate.worker.outcome_handler import never_sent, over_quota
from pushgate.worker.personal_block import PersonalBlockPush
from pushgate.worker.personal_push import PersonalPush
from pushgate.worker.route import Route
from pushgate.worker.token_reader import TokenReader
from pushgate.worker.vendor_call import log_vendor_failure


@dataclass(frozen=True, slots=True)
class SendPart:
    """One push, and the pending slots that get it, as bits by leased block."""

    pending: Mapping[Block, int]
    prepare: Callable[[], Prepared | PersonalPush]
    """Renders the push. Raises PayloadRejected or VendorError."""
    tried_before: bool = False
    """Whether the slots were tried or put off by an earlier run."""


def tried_last(parts: Sequence[SendPart], tried: Mapping[Block, int]) -> list[SendPart]:
    """Divide each part in two: all first parts have untried slots, all second parts the slots in
    `tried`. So slots that the vendor refuses again and again do not use up the permits of the
    others.
    """
    found: list[SendPart] = []
    for again in (False, True):
        for part in parts:
            cut = {
                block: bits & (tried.get(block, 0) if again else ~tried.get(block, 0))
                for block, bits in part.pending.items()
            }
            if pending := {block: bits for block, bits in cut.items() if bits}:
                found.append(SendPart(pending, part.prepare, again))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRun:
    """A job, the lease on its blocks, and the results. Created for one run and used once."""

    context: WorkerContext
    job: BlockJob
    message: Message
    lease: JobLease
    pending: Mapping[Block, int]
    """The slots to send to, as bits by leased block."""
    parts: Sequence[SendPart]
    """The pushes that are sent, one after another: a message without variants has one."""
    reached: Sequence[Move]
    """Slots of a step whose users the message has reached meanwhile: nothing is sent to them."""
    outcomes: OutcomeBuffer
    summary: JobSummary
    quota: BlockQuota | None = None
    """What may be sent of the vendor's daily quota, None where the app names none."""
    stopped_hosts: dict[str, VendorError | None] = field(default_factory=dict)
    """The stopped hosts of all parts, as in `BlockSender`."""
    muted: list[tuple[Block, int]] = field(default_factory=list)
    """Terminals whose users have turned notifications off: block, and offset into it."""

    async def run(self) -> None:
        """Send, record, and reschedule what must be tried again."""
        app, vendor = self.job.app, self.job.group.vendor
        about: Attributes = {
            "app": app,
            "vendor": vendor,
            "message": self.job.message_id,
            "attempt": self.job.attempt,
        }
        try:
            with following(self.context.tracer, "send blocks", about, self._traces()):
                async with self.outcomes:
                    await self._send_within_quota()
        finally:
            self.context.metrics.finished(app, vendor, self.summary)
            await self._release_and_reschedule()
        await self.context.stores.totals.add(app, vendor, self.outcomes.state_counts)
        await self._record_muted()
        await remove_dead_tokens(
            self.context.stores,
            self.lease.message_shard.app,
            vendor,
            self.summary.answered,
            self.summary.dead,
            self._answered_before,
        )

    def _traces(self) -> Sequence[str]:
        return (self.message.trace,) if self.message.trace else ()

    async def _send_within_quota(self) -> None:
        if self.quota is None:
            await self._send()
            return
        async with self.quota.held(self.pending, self.summary):
            await self._send()

    def _within_quota(self, block: Block, bits: int) -> int:
        """The slots that may be sent; the others are put off."""
        allowed = self.quota.cut(block, bits) if self.quota else bits
        if over := bits & ~allowed:
            self.summary.over_quota = True
            self.outcomes.add(over_quota(block, over))
        return allowed

    async def _send(self) -> None:
        for move in self.reached:
            self.outcomes.add(move)
        for part in self.parts:
            await self._send_part(part)
        if self.outcomes.overdue:
            self.summary.request_retry(None)

    async def _send_part(self, part: SendPart) -> None:
        if part.tried_before and self.summary.rate_limited is None:
            self.summary.tried_again = True
        try:
            sender = self._block_sender(part.prepare())
            for block, bits in part.pending.items():
                if not sender.may_continue():
                    break
                if allowed := self._within_quota(block, bits):
                    await sender.send(block, allowed)
                # Before the next block begins: recording also shows that the message was cancelled.
                await self.outcomes.flush()
        except PayloadRejected as error:
            failure = Failure(self.job.group.vendor, error.code, str(error))
            for block, bits in part.pending.items():
                self.outcomes.add(Move(block, bits, State.REJECTED, failure))
        except VendorError as error:
            self.summary.record_call_failure(error)
            for block, bits in part.pending.items():
                self.outcomes.add(never_sent(block, bits, error))
            log_vendor_failure(self.job.app, self.job.group.vendor, error)

    def _block_sender(self, prepared: Prepared | PersonalPush) -> BlockSender:
        stores = self.context.stores
        tokens = TokenReader(stores.tokens, self.lease.message_shard)
        push: BlockPush = (
            PersonalBlockPush(prepared, stores.addressed, tokens)
            if isinstance(prepared, PersonalPush)
            else PlainPush(prepared, tokens)
        )
        return BlockSender(
            context=self.context,
            message=self.message,
            urgent=self.job.urgent,
            push=push,
            outcomes=self.outcomes,
            summary=self.summary,
            muted=self.muted,
            stopped_hosts=self.stopped_hosts,
            note=self.quota.note if self.quota else None,
        )

    async def _release_and_reschedule(self) -> None:
        """Release the blocks, and store a job for the rest, unless the message expires before the
        job is due.
        """
        summary, due_at = self.summary, None
        share = self._following_share()
        others_wait = summary.others_wait or share is not None
        if summary.retry_needed or summary.others_wait:
            due_at = self.context.clock.now() + await self._delay(others_wait)
        if share and not self.outcomes.is_taken_away:
            due_at = max(due_at or from_ms(share.due_ms), from_ms(share.due_ms))
        wait = Wait.RETRY if others_wait else Wait.ALONE
        if until := self.job.canary_until:
            await self._release_canary(due_at, until, wait)
            return
        if due_at and due_at < self.message.expires_at:
            await self._reschedule(due_at, share)
        await self._release(due_at, wait)

    async def _release(self, due_at: datetime | None, wait: Wait) -> None:
        """Release the blocks. Where `due_at` is after the message's expiry, the blocks do not
        wait.
        """
        await self.lease.release(due_at and min(due_at, self.message.expires_at), wait)

    async def _release_canary(self, due_at: datetime | None, until: datetime, wait: Wait) -> None:
        """Release the blocks of a job that sends only to the canary's terminals; their rest is due
        at `until`.
        """
        if due_at and due_at < until:
            await self._reschedule(due_at, None)
        elif due_at and self.summary.vendor_retry_after is not None:
            # The rest, too, waits for the pause that the vendor asked for. For a message that is
            # spread over time, a scheduler takes care of the pause.
            if self.message.options.spread is None and due_at < self.message.expires_at:
                await self._reschedule(due_at, None, of_canary=False)
        else:
            # A scheduler submits the rest, together with the remaining slots of the canary.
            due_at, wait = until, Wait.CANARY
        await self._release(due_at, wait)

    def _following_share(self) -> Share | None:
        """The next share of the blocks, None where this job sends all pending slots."""
        share = self.job.next_share
        if share is None or share.left <= 1:
            return None
        return share.following(to_ms(self.context.clock.now()), to_ms(self.message.expires_at))

    async def _reschedule(self, due_at: datetime, share: Share | None, *, of_canary: bool = True) -> None:
        job = replace(
            self.job,
            canary=self.job.canary if of_canary else UNSET,
            blocks=tuple(block.number for block in self.pending),
            attempt=self.job.attempt + 1 if self.summary.retry_needed else self.job.attempt,
            postponements=self.job.postponements + 1,
            share=share or UNSET,
        )
        await self.context.stores.retries.add(job, due_at)

    async def _delay(self, others_wait: bool) -> timedelta:
        """The delay before the rest of the job comes back, decided by `backoff`. Where
        `others_wait`, a delay that the vendor asked for single pushes does not count.
        """
        summary, rate_limit_wait = self.summary, None
        if summary.rate_limited is not None:
            rate_limit_wait = await self._rate_limit_wait(summary.rate_limited)
        elif summary.paused:
            rate_limit_wait = PAUSED_DELAY
        draw = random.random()  # noqa: S311  # jitter, no secret
        if summary.over_quota:
            now = self.context.clock.now()
            quota_wait = quota_delay(self.job.postponements, next_vendor_day(now) - now, draw)
            rate_limit_wait = max(rate_limit_wait or quota_wait, quota_wait)
        # Pushes that wait for permits need no back-off because of other pushes that were refused
        # one by one.
        backs_off = summary.retry_needed and (summary.calls_failed or summary.tried_again or not others_wait)
        return job_delay(
            attempt=self.job.attempt if backs_off else None,
            vendor_retry_after=summary.vendor_retry_after if others_wait else summary.push_retry_after,
            rate_limit_wait=rate_limit_wait,
            draw=draw,
        )

    async def _rate_limit_wait(self, rate_limited: RateLimited) -> timedelta:
        """Return the time until permits are due.

        A job that is postponed for the first time reserves a place in the queue.
        """
        if self.job.postponements:
            return rate_limited.wait
        unanswered = sum(bits.bit_count() for bits in self.pending.values()) - self.summary.answered
        route = Route(self.job.app, self.job.group.vendor)
        place = await self.context.rate_limiter.reserve(route, rate_limited.limited_by, max(1, unanswered))
        return max(rate_limited.wait, place.wait)

    async def _record_muted(self) -> None:
        """Count terminals that the vendor called muted, as receipts do."""
        if self.muted:
            shard = self.lease.message_shard
            slots: list[list[SlotRef]] = [
                [SlotRef(shard.shard, block.group, block.number * bitmaps.SLOTS_PER_BLOCK + offset)]
                for block, offset in self.muted
            ]
            await self.context.stores.results.record_receipts(
                ReceiptKind.MUTED, shard.app, shard.message_id, slots, shard.keep_until
            )

    async def _answered_before(self) -> DeadShare:
        """Count the responses of earlier runs for these blocks, without rejected and unanswered
        tokens.
        """
        states = (State.ACCEPTED, State.INVALID)
        counts = await self.context.stores.outcomes.count(
            self.lease.message_shard, self.lease.blocks, *states
        )
        own = self.outcomes.state_counts
        alive, dead = (max(0, count - own[state]) for state, count in zip(states, counts, strict=True))
        return DeadShare(alive + dead, dead)
