"""One run of one bundle: renders and sends the pushes that are due, and records their outcomes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pushgate.apps.catalog import ConfiguredVendor
from pushgate.bundles.bundle_values import BundleSlot, TakenBundle, Verb
from pushgate.bundles.values import Home
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.errors import PayloadRejected, VendorError
from pushgate.domain.outcome import FailureCode, Outcome, ReceiptKind, State
from pushgate.ledger.values import NOT_CONFIGURED_REASON, Failure
from pushgate.runtime.tracing import Attributes, following
from pushgate.terminals.addressed import Addressed
from pushgate.terminals.removal_guard import DeadShare
from pushgate.worker import failure_reasons
from pushgate.worker.bundle_contents import BundleContents
from pushgate.worker.bundle_dues import due_s
from pushgate.worker.bundle_outcomes import SlotSend
from pushgate.worker.bundle_quotas import BundleQuotas
from pushgate.worker.bundle_renderer import BundleRenderer, message_id_of
from pushgate.worker.bundle_sender import BundleSender
from pushgate.worker.bundle_tokens import read_addressed, read_tokens
from pushgate.worker.change_buffer import BundleLease, ChangeBuffer, Kind
from pushgate.worker.context import WorkerContext
from pushgate.worker.dead_tokens import remove_dead_tokens
from pushgate.worker.deferred_counts import DeferredCounts
from pushgate.worker.job_summary import JobSummary
from pushgate.worker.personal_push import unreadable
from pushgate.worker.push_renderer import Sign

_NOT_CONFIGURED = VendorError(
    FailureCode.VENDOR_NOT_CONFIGURED, NOT_CONFIGURED_REASON, failure_reasons.NOT_CONFIGURED_PAUSE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRun:
    """A leased bundle and the results of its run. Created for one run and used once."""

    context: WorkerContext
    home: Home
    taken: TakenBundle
    lease: BundleLease
    configured: ConfiguredVendor | None
    """The bundle's vendor, None where this process has no settings for it."""
    sign: Sign
    changes: ChangeBuffer
    counts: DeferredCounts
    summary: JobSummary = field(default_factory=JobSummary)
    muted: list[BundleSlot] = field(default_factory=list)

    async def run(self) -> None:
        """Send the pushes that are due, and record their outcomes."""
        app, vendor, stores = self.home.app, self.taken.vendor, self.context.stores
        self._observe_delay()
        about: Attributes = {"app": app.name, "vendor": vendor, "pushes": len(self.taken.due)}
        try:
            async with self.changes:
                try:
                    with following(self.context.tracer, "send bundle", about, self._traces()):
                        await self._send()
                finally:
                    self._postpone_untouched()
        finally:
            self.context.metrics.finished(app.name, vendor, self.summary)
        await self._record_muted()
        answered, dead = self.summary.answered, self.summary.dead
        self.counts.add(app.name, vendor, self.changes.state_counts, 0 if dead else answered)
        if dead:
            await self.counts.flush_alive(app.name, vendor)
            await remove_dead_tokens(stores, app, vendor, answered, dead, self._answered_before)

    def _traces(self) -> Sequence[str]:
        """The traces of the messages whose pushes are due, each once."""
        if self.context.tracer is None:
            return ()
        bodies = ((self.taken.bodies_of(slot), slot.send.index) for slot in self.taken.due)
        found = (known.trace(index) for known, index in bodies if known is not None)
        return tuple(dict.fromkeys(trace for trace in found if trace))

    async def _send(self) -> None:
        due = self._unexpired()
        if self.configured is None:
            self._never_sent(due, _NOT_CONFIGURED)
            return
        due = self._readable(due)
        if self.configured.quotas:
            await self._send_within_quotas(due, self.configured)
        elif sends := await self._rendered(due, self.configured):
            await self._sender().send(sends)

    async def _send_within_quotas(self, due: Sequence[BundleSlot], configured: ConfiguredVendor) -> None:
        """Send the pushes for which the vendor's daily quotas leave room, and put the others
        off.
        """
        quotas, was_cut_off = BundleQuotas(self.context, self.taken, self.lease, configured), True
        try:
            due = await quotas.cut(due, self.changes)
            if sends := await self._rendered(due, configured):
                await self._sender(quotas.note).send(sends)
            if self.summary.quota_refused:
                await quotas.refuse()
            was_cut_off = False
        finally:
            await quotas.settle(was_cut_off=was_cut_off)

    def _sender(self, note: Callable[[Sequence[int], Outcome], None] | None = None) -> BundleSender:
        return BundleSender(
            context=self.context,
            app=self.home.app.name,
            vendor=self.taken.vendor,
            priority=self.taken.priority,
            changes=self.changes,
            summary=self.summary,
            muted=self.muted,
            note=note,
        )

    def _unexpired(self) -> Sequence[BundleSlot]:
        """Return the slots that are still valid, and record the expired slots."""
        now_s = to_ms(self.context.clock.now()) // 1000
        expired = [slot.number for slot in self.taken.due if slot.expires_s <= now_s]
        if not expired:
            return self.taken.due
        self.changes.add(Kind(Verb.EXPIRED), expired)
        return [slot for slot in self.taken.due if slot.expires_s > now_s]

    def _readable(self, due: Sequence[BundleSlot]) -> Sequence[BundleSlot]:
        """Return the slots whose message can be read, and reject the others."""
        lost = [slot.number for slot in due if self.taken.bodies_of(slot) is None]
        if not lost:
            return due
        failure = failure_reasons.content_dropped(self.taken.vendor)
        self.changes.add(Kind(Verb.REJECTED, failure), lost)
        return [slot for slot in due if self.taken.bodies_of(slot) is not None]

    async def _rendered(self, due: Sequence[BundleSlot], configured: ConfiguredVendor) -> list[SlotSend]:
        """Return the sends to terminals with a token that the vendor can take.

        Others are cancelled or rejected.
        """
        now, vendor, stores = self.context.clock.now(), self.taken.vendor, self.context.stores
        renderer = BundleRenderer(self.home, self.taken, configured, self.sign, now)
        if contents := BundleContents(self.taken, due):
            return await self._filled(due, renderer, contents)
        tokens = await read_tokens(stores, self.home.app, self.taken, due)
        sends, forgotten = list[SlotSend](), list[int]()
        for slot, token in zip(due, tokens, strict=True):
            if token is None:
                forgotten.append(slot.number)
                continue
            try:
                sends.append(renderer.render(slot, token))
            except PayloadRejected as error:
                self._reject(slot, Failure(vendor, error.code, str(error)))
        self._forget(forgotten)
        return sends

    async def _filled(
        self, due: Sequence[BundleSlot], renderer: BundleRenderer, contents: BundleContents
    ) -> list[SlotSend]:
        """As `_rendered`, with the values of terminals in the contents of personal messages."""
        if contents.unreadable:
            self._never_sent(contents.unreadable, unreadable())
            waiting = {slot.number for slot in contents.unreadable}
            due = [slot for slot in due if slot.number not in waiting]
        terminals = await read_addressed(self.context.stores, self.home.app, self.taken, due, contents.wanted)
        sends, forgotten = list[SlotSend](), list[int]()
        for slot, found in zip(due, terminals, strict=True):
            if found is None:
                forgotten.append(slot.number)
                continue
            send = self._filled_send(slot, found, renderer, contents)
            if isinstance(send, Failure):
                self._reject(slot, send)
            else:
                sends.append(send)
        self._forget(forgotten)
        return sends

    def _filled_send(
        self, slot: BundleSlot, found: Addressed, renderer: BundleRenderer, contents: BundleContents
    ) -> SlotSend | Failure:
        """The push to one terminal, or why it gets none."""
        (token,), content = found.tokens, contents.find(slot)
        try:
            if content is None:
                return renderer.render(slot, token)
            filled = content.fill(found, self.taken.vendor)
            return filled if isinstance(filled, Failure) else renderer.render_filled(slot, token, filled)
        except PayloadRejected as error:
            if content is None:
                return Failure(self.taken.vendor, error.code, str(error))
            return failure_reasons.content_rejected(self.taken.vendor, error)

    def _reject(self, slot: BundleSlot, failure: Failure) -> None:
        self.changes.add(Kind(Verb.REJECTED, failure), [slot.number])

    def _forget(self, slots: Sequence[int]) -> None:
        """Cancel slots whose terminals are gone or have another vendor."""
        if slots:
            self.changes.add(Kind(Verb.FORGOTTEN, failure_reasons.forgotten(self.taken.vendor)), slots)

    def _never_sent(self, due: Sequence[BundleSlot], error: VendorError) -> None:
        self.summary.record_call_failure(error)
        failure = failure_reasons.never_sent(self.taken.vendor, error)
        delay = timedelta(seconds=error.retry_after or 0)
        kind = Kind(Verb.POSTPONED, failure, due_s(self.context.clock.now(), delay))
        self.changes.add(kind, [slot.number for slot in due])

    def _postpone_untouched(self) -> None:
        """Let the slots come back soon that were not sent after all."""
        touched = self.changes.touched
        left = [slot.number for slot in self.taken.due if slot.number not in touched]
        if left:
            self.summary.request_retry(None)
            soon = due_s(self.context.clock.now(), timedelta(0))
            self.changes.add(Kind(Verb.POSTPONED, None, soon), left)

    def _observe_delay(self) -> None:
        """Observe the delay of first attempts, once for each segment."""
        now, seen = self.context.clock.now(), set[int]()
        for slot in self.taken.due:
            bodies = self.taken.bodies[slot.send.segment]
            if bodies is not None and not slot.attempts and slot.send.segment not in seen:
                seen.add(slot.send.segment)
                self.context.metrics.started(
                    self.home.app.name, self.taken.vendor, now - from_ms(bodies.push_at_ms)
                )

    async def _record_muted(self) -> None:
        """Count terminals that the vendor called muted, as receipts do."""
        if self.muted:
            reports = [
                (message_id_of(self.home, self.taken, slot), [(slot.send.shard, slot.send.slot)])
                for slot in self.muted
            ]
            await self.context.stores.small_accounts.record_receipts(
                ReceiptKind.MUTED, self.home.app, reports
            )

    async def _answered_before(self) -> DeadShare:
        """Count the responses of earlier runs for this bundle, without rejected and unanswered
        slots.
        """
        dead = self.taken.count(State.INVALID)
        return DeadShare(self.taken.count(State.ACCEPTED) + dead, dead)
