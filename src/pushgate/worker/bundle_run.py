"""One run of one bundle: what is due is rendered and sent, and everything is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pushgate.apps.catalog import ConfiguredVendor
from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.values import BundleSlot, Home, TakenBundle, Verb
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import PayloadRejected, VendorError
from pushgate.domain.message import Delivery
from pushgate.domain.outcome import FailureCode, ReceiptKind, State
from pushgate.ledger.values import NOT_CONFIGURED_REASON, Failure
from pushgate.terminals.removal_guard import DeadShare
from pushgate.worker import failure_reasons
from pushgate.worker.bundle_dues import due_s
from pushgate.worker.bundle_outcomes import SlotSend
from pushgate.worker.bundle_renderer import BundleRenderer, message_id_of
from pushgate.worker.bundle_sender import BundleSender
from pushgate.worker.bundle_tokens import read_tokens
from pushgate.worker.change_buffer import ChangeBuffer, Kind
from pushgate.worker.context import WorkerContext
from pushgate.worker.dead_tokens import remove_dead_tokens
from pushgate.worker.job_summary import JobSummary
from pushgate.worker.push_renderer import Sign

_Readable = tuple[BundleSlot, SmallMessage]
_NOT_CONFIGURED = VendorError(
    FailureCode.VENDOR_NOT_CONFIGURED, NOT_CONFIGURED_REASON, failure_reasons.NOT_CONFIGURED_PAUSE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRun:
    """A leased bundle, and what becomes of it. Created for one run and used once."""

    context: WorkerContext
    home: Home
    taken: TakenBundle
    configured: ConfiguredVendor | None
    """The bundle's vendor, None where this process has no settings for it."""
    sign: Sign
    changes: ChangeBuffer
    summary: JobSummary = field(default_factory=JobSummary)
    muted: list[BundleSlot] = field(default_factory=list)

    async def run(self) -> None:
        """Send what is due, and record what became of it."""
        app, vendor, stores = self.home.app, self.taken.vendor, self.context.stores
        self._observe_delay()
        try:
            async with self.changes:
                try:
                    await self._send()
                finally:
                    self._postpone_untouched()
        finally:
            self.context.metrics.finished(app.name, vendor, self.summary)
        await stores.totals.add(app.name, vendor, self.changes.state_counts)
        await self._record_muted()
        await remove_dead_tokens(
            stores, app, vendor, self.summary.answered, self.summary.dead, self._answered_before
        )

    async def _send(self) -> None:
        due = self._unexpired()
        if self.configured is None:
            self._never_sent(due, _NOT_CONFIGURED)
            return
        now = self.context.clock.now()
        renderer = BundleRenderer(self.home, self.taken, self.configured, self.sign, now)
        sends = self._rendered(renderer, await self._with_tokens(self._readable(renderer, due)))
        if sends:
            await self._sender().send(sends)

    def _sender(self) -> BundleSender:
        return BundleSender(
            context=self.context,
            app=self.home.app.name,
            vendor=self.taken.vendor,
            priority=self.taken.priority,
            changes=self.changes,
            summary=self.summary,
            muted=self.muted,
        )

    def _unexpired(self) -> Sequence[BundleSlot]:
        """The slots that have not expired; those that have are recorded."""
        now_s = to_ms(self.context.clock.now()) // 1000
        expired = [slot.number for slot in self.taken.due if slot.expires_s <= now_s]
        if not expired:
            return self.taken.due
        self.changes.add(Kind(Verb.EXPIRED), expired)
        return [slot for slot in self.taken.due if slot.expires_s > now_s]

    def _readable(self, renderer: BundleRenderer, due: Sequence[BundleSlot]) -> list[_Readable]:
        """The slots whose message can be read; others are rejected."""
        found: list[_Readable] = []
        for slot in due:
            message = renderer.message(slot)
            if message is None:
                failure = failure_reasons.content_dropped(self.taken.vendor)
                self.changes.add(Kind(Verb.REJECTED, failure), [slot.number])
            else:
                found.append((slot, message))
        return found

    async def _with_tokens(self, readable: Sequence[_Readable]) -> list[tuple[_Readable, bytes]]:
        """The slots whose terminal has a token; others are cancelled."""
        tokens = await read_tokens(self.context.stores, self.home.app, readable)
        forgotten = [slot.number for (slot, _), token in zip(readable, tokens, strict=True) if token is None]
        if forgotten:
            failure = failure_reasons.forgotten(self.taken.vendor)
            self.changes.add(Kind(Verb.FORGOTTEN, failure), forgotten)
        return [(item, token) for item, token in zip(readable, tokens, strict=True) if token is not None]

    def _rendered(self, renderer: BundleRenderer, found: Sequence[tuple[_Readable, bytes]]) -> list[SlotSend]:
        """The sends that the vendor can take; others are rejected."""
        sends: list[SlotSend] = []
        for (slot, small), token in found:
            try:
                rendering = renderer.render(slot, small.message, token)
            except PayloadRejected as error:
                failure = Failure(self.taken.vendor, error.code, str(error))
                self.changes.add(Kind(Verb.REJECTED, failure), [slot.number])
            else:
                guarded = small.message.options.delivery is Delivery.AT_MOST_ONCE
                sends.append(SlotSend(slot, token, rendering, guarded))
        return sends

    def _never_sent(self, due: Sequence[BundleSlot], error: VendorError) -> None:
        self.summary.record_call_failure(error)
        failure = failure_reasons.never_sent(self.taken.vendor, error)
        delay = timedelta(seconds=error.retry_after or 0)
        kind = Kind(Verb.POSTPONED, failure, due_s(self.context.clock.now(), delay))
        self.changes.add(kind, [slot.number for slot in due])

    def _postpone_untouched(self) -> None:
        """What was not sent after all comes back soon."""
        touched = self.changes.touched
        left = [slot.number for slot in self.taken.due if slot.number not in touched]
        if left:
            self.summary.request_retry(None)
            soon = due_s(self.context.clock.now(), timedelta(0))
            self.changes.add(Kind(Verb.POSTPONED, None, soon), left)

    def _observe_delay(self) -> None:
        """Observe how late the first attempts are, once for each segment."""
        now, seen = self.context.clock.now(), set[int]()
        for slot in self.taken.due:
            bodies = self.taken.bodies[slot.send.segment]
            if bodies and not slot.attempts and slot.send.segment not in seen:
                seen.add(slot.send.segment)
                self.context.metrics.started(self.home.app.name, self.taken.vendor, now - bodies.push_at)

    async def _record_muted(self) -> None:
        """Count terminals that the vendor called muted, as receipts do."""
        if self.muted:
            ids = (
                message_id_of(self.home, self.taken, slot.send.segment, slot.send.index)
                for slot in self.muted
            )
            reports = [
                (message_id, [(slot.send.shard, slot.send.slot)])
                for message_id, slot in zip(ids, self.muted, strict=True)
                if message_id
            ]
            await self.context.stores.small_accounts.record_receipts(
                ReceiptKind.MUTED, self.home.app, reports
            )

    async def _answered_before(self) -> DeadShare:
        """The earlier responses for this bundle, without rejected and unanswered slots."""
        dead = self.taken.count(State.INVALID)
        return DeadShare(self.taken.count(State.ACCEPTED) + dead, dead)
