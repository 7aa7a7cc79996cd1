"""Turns verdicts on one block into moves in the ledger, with or without an at-most-once guard."""

from collections.abc import Iterable

from pushgate.adapters.contract import Verdict
from pushgate.domain import bitmaps
from pushgate.domain.errors import VendorError
from pushgate.domain.outcome import Outcome, State
from pushgate.ledger.values import Block, Failure, Move, MoveKind
from pushgate.worker import failure_reasons
from pushgate.worker.at_most_once import AtMostOnceGuard
from pushgate.worker.call_outcomes import CallOutcomes
from pushgate.worker.outcome_buffer import OutcomeBuffer

_SETTLED_STATES = {
    Outcome.ACCEPTED: State.ACCEPTED,
    Outcome.INVALID: State.INVALID,
    Outcome.REJECTED: State.REJECTED,
}


def _tried(block: Block, bits: int, failure: Failure) -> Move:
    """The vendor did not accept these slots for now.

    The reason is shown if they expire before another attempt.
    """
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.TRIED)


def over_quota(block: Block, bits: int) -> Move:
    """Nothing was sent to these slots, because the app's quota of the vendor's day is used up."""
    failure = failure_reasons.over_quota(block.group.vendor)
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.POSTPONED)


def never_sent(block: Block, bits: int, error: VendorError) -> Move:
    """Nothing was sent to these slots. The reason is shown if they expire without any attempt."""
    failure = failure_reasons.never_sent(block.group.vendor, error)
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.POSTPONED)


def paused(block: Block, bits: int, error: VendorError) -> Move:
    """Nothing was sent to these slots, because other pushes were refused or not answered."""
    failure = failure_reasons.stopped(block.group.vendor, error)
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.POSTPONED)


def _unconfirmed(block: Block, bits: int, failure: Failure) -> Move:
    """These slots were sent and got no answer. Their terminals may have the push, so a recall
    includes them.
    """
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.UNCONFIRMED)


class OutcomeHandler(CallOutcomes):
    """Turns the verdicts of one call into moves.

    Without a guard, a slot that is not settled simply stays pending.
    """

    __slots__ = ("_block", "_guard", "_open", "_outcomes")

    def __init__(
        self, block: Block, bits: int, outcomes: OutcomeBuffer, guard: AtMostOnceGuard | None
    ) -> None:
        super().__init__()
        self._block = block
        self._open = bits
        self._outcomes = outcomes
        self._guard = guard

    def handle(self, offsets: Iterable[int], verdict: Verdict) -> None:
        """Record one verdict for slots, named by their offsets in the block."""
        bits = bitmaps.from_offsets(offsets)
        self._open &= ~bits
        outcome = verdict.outcome
        if not self.vendor_answered:
            self.note_vendor(verdict)
        state = _SETTLED_STATES.get(outcome)
        if state is not None:
            if state is State.ACCEPTED:
                self.some_accepted, failure = True, None
            else:
                failure = Failure(self._block.group.vendor, verdict.code, verdict.reason)
            if self._guard:
                self._guard.settle(bits, state, failure)
            else:
                self._outcomes.add(Move(self._block, bits, state, failure))
        elif outcome is Outcome.RETRY:
            failure = failure_reasons.retried(self._block.group.vendor, verdict)
            self._outcomes.add(_tried(self._block, bits, failure))
        elif self._guard:
            self._guard.mark_unconfirmed(bits, verdict.reason)
        else:
            failure = failure_reasons.unconfirmed(self._block.group.vendor, verdict.code, verdict.reason)
            self._outcomes.add(_unconfirmed(self._block, bits, failure))

    def handle_call_failure(self, error: VendorError) -> None:
        """Let slots without a verdict be sent again: the call failed as a whole."""
        if self._open:
            failure = failure_reasons.not_taken(self._block.group.vendor, error)
            self._outcomes.add(_tried(self._block, self._open, failure))
        self.release_unsettled()

    def postpone_rest(self, failure: Failure) -> None:
        """Note for this reason that slots without a verdict were not sent."""
        if self._open and not self._guard:
            self._outcomes.add(Move(self._block, self._open, State.EXPIRED, failure, kind=MoveKind.POSTPONED))

    def release_unsettled(self) -> None:
        """Let slots without a final verdict be sent again: they were not accepted."""
        if self._guard:
            self._guard.release_rest()

    def mark_rest_unconfirmed(self) -> None:
        """Note that slots without a final verdict may have been sent."""
        if self._guard:
            self._guard.mark_rest_unconfirmed()
        elif self._open:
            failure = failure_reasons.interrupted(self._block.group.vendor)
            self._outcomes.add(_unconfirmed(self._block, self._open, failure))
