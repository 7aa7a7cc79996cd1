"""Turns verdicts on the sends of one bundle into changes of its slots."""

import random
from collections.abc import Iterable, Sequence

import msgspec

from pushgate.adapters.contract import Rendering, Verdict
from pushgate.bundles.bundle_values import BundleSlot, Verb
from pushgate.domain.clock import Clock
from pushgate.domain.errors import VendorError
from pushgate.domain.outcome import Outcome
from pushgate.ledger.values import Failure
from pushgate.worker import failure_reasons
from pushgate.worker.backoff import PAUSED_DELAY
from pushgate.worker.bundle_dues import due_s, retry_due_s
from pushgate.worker.call_outcomes import CallOutcomes
from pushgate.worker.change_buffer import ChangeBuffer, Kind

_ACCEPTED = Kind(Verb.ACCEPTED)
_SETTLING_VERBS = {Outcome.INVALID: Verb.INVALID, Outcome.REJECTED: Verb.REJECTED}


class SlotSend(msgspec.Struct, frozen=True, gc=False):
    """One push of a bundle, ready to be sent. `at_most_once` pushes are reserved before."""

    slot: BundleSlot
    token: bytes
    rendering: Rendering
    at_most_once: bool


class BundleOutcomes(CallOutcomes):
    """Turns the verdicts of one call into changes. A slot without a verdict stays as it is."""

    __slots__ = ("_changes", "_clock", "_open", "_sends", "_vendor")

    def __init__(self, sends: Sequence[SlotSend], vendor: str, changes: ChangeBuffer, clock: Clock) -> None:
        super().__init__()
        self._sends = sends
        self._vendor = vendor
        self._changes = changes
        self._clock = clock
        self._open = set(range(len(sends)))

    def handle(self, indexes: Sequence[int], verdict: Verdict) -> None:
        """Record one verdict for sends, named by their indexes in the call."""
        self._open.difference_update(indexes)
        if not self.vendor_answered:
            self.note_vendor(verdict)
        outcome = verdict.outcome
        if outcome is Outcome.ACCEPTED:
            self.some_accepted = True
            self._changes.add(_ACCEPTED, [self._sends[index].slot.number for index in indexes])
        elif verb := _SETTLING_VERBS.get(outcome):
            failure = Failure(self._vendor, verdict.code, verdict.reason)
            self._changes.add(Kind(verb, failure), [self._sends[index].slot.number for index in indexes])
        elif outcome is Outcome.RETRY:
            failure = failure_reasons.retried(self._vendor, verdict)
            self._tried(indexes, failure, verdict.retry_after)
        else:
            self._unconfirmed(
                indexes,
                failure_reasons.unconfirmed(self._vendor, verdict.code, verdict.reason),
                failure_reasons.unanswered(self._vendor, verdict.reason),
                verdict.retry_after,
            )

    def handle_call_failure(self, error: VendorError) -> None:
        """Send slots without a verdict again: the call failed as a whole."""
        self._tried(self._open, failure_reasons.not_taken(self._vendor, error), error.retry_after)

    def postpone_rest(self, failure: Failure) -> None:
        """Note for this reason that sends without a verdict were not sent."""
        due = due_s(self._clock.now(), PAUSED_DELAY)
        slots = [self._sends[index].slot.number for index in sorted(self._open)]
        if slots:
            self._changes.add(Kind(Verb.POSTPONED, failure, due), slots)

    def release_unsettled(self) -> None:
        """Leave slots without a verdict, reserved ones too, to be put off when the run ends."""

    def mark_rest_unconfirmed(self) -> None:
        """Note that slots without a verdict may have been sent."""
        interrupted = failure_reasons.interrupted(self._vendor)
        self._unconfirmed(self._open, interrupted, failure_reasons.unanswered(self._vendor), None)

    def _tried(self, indexes: Iterable[int], failure: Failure, retry_after: float | None) -> None:
        for index in indexes:
            slot = self._sends[index].slot
            self._changes.add(Kind(Verb.TRIED, failure, self._due_s(slot, retry_after)), [slot.number])

    def _unconfirmed(
        self, indexes: Iterable[int], failure: Failure, of_reserved: Failure, retry_after: float | None
    ) -> None:
        for index in indexes:
            send = self._sends[index]
            if send.at_most_once:
                kind = Kind(Verb.UNCONFIRMED, of_reserved, was_reserved=True)
            else:
                kind = Kind(Verb.UNCONFIRMED, failure, self._due_s(send.slot, retry_after))
            self._changes.add(kind, [send.slot.number])

    def _due_s(self, slot: BundleSlot, retry_after: float | None) -> int:
        draw = random.random()  # noqa: S311  # jitter, no secret
        return retry_due_s(self._clock.now(), slot.attempts, retry_after, draw)
