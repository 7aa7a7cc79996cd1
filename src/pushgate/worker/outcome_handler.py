"""Verdicts on one block become moves in the ledger, with or without an at-most-once guard."""

from collections.abc import Iterable

from pushgate.adapters.contract import Verdict
from pushgate.domain import bitmaps
from pushgate.domain.errors import VendorError
from pushgate.domain.outcome import FailureCode, Outcome, State
from pushgate.ledger.values import Block, Failure, Move, MoveKind
from pushgate.worker.at_most_once import AtMostOnceGuard
from pushgate.worker.outcome_buffer import OutcomeBuffer

_SETTLED_STATES = {
    Outcome.ACCEPTED: State.ACCEPTED,
    Outcome.INVALID: State.INVALID,
    Outcome.REJECTED: State.REJECTED,
}


def tried(block: Block, bits: int, code: str, reason: str) -> Move:
    """The vendor did not accept these slots for now.

    The reason is shown if they expire before another attempt.
    """
    failure = Failure(block.group.vendor, code, f"{reason}; not taken before the time to live was over")
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.TRIED)


def never_sent(block: Block, bits: int, error: VendorError) -> Move:
    """Nothing was sent to these slots. The reason is shown if they expire without any attempt."""
    failure = Failure(block.group.vendor, error.code, f"never sent: {error.reason}")
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.POSTPONED)


def paused(block: Block, bits: int, code: str, reason: str) -> Move:
    """Nothing was sent to these slots, because other pushes were refused or not answered."""
    text = f"never sent: pushes were paused after {code} ({reason})"
    failure = Failure(block.group.vendor, FailureCode.VENDOR_PAUSED, text)
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.POSTPONED)


def _unconfirmed(block: Block, bits: int, code: str, reason: str) -> Move:
    """These slots were sent and got no answer. They may have the push: a recall includes them."""
    text = f"sent, but {reason}; no other answer before the time to live was over"
    return Move(
        block, bits, State.EXPIRED, Failure(block.group.vendor, code, text), kind=MoveKind.UNCONFIRMED
    )


class OutcomeHandler:
    """Turns the verdicts of one call into moves, and notes what they say of the vendor.

    Without a guard, a slot that is not settled simply stays pending.
    """

    __slots__ = (
        "_block",
        "_guard",
        "_open",
        "_outcomes",
        "local_verdicts",
        "some_accepted",
        "vendor_answered",
        "vendor_asked",
    )

    def __init__(
        self, block: Block, bits: int, outcomes: OutcomeBuffer, guard: AtMostOnceGuard | None
    ) -> None:
        self._block = block
        self._open = bits
        self._outcomes = outcomes
        self._guard = guard
        self.some_accepted = False
        """Whether the vendor accepted a push."""
        self.vendor_answered = False
        """Whether an answer of the vendor came."""
        self.vendor_asked = False
        self.local_verdicts = False
        """Whether a verdict was given without asking the vendor."""

    @property
    def vendor_is_silent(self) -> bool:
        """Whether the vendor was asked and gave no answer at all."""
        return not self.vendor_answered and (self.vendor_asked or not self.local_verdicts)

    def handle(self, offsets: Iterable[int], verdict: Verdict) -> None:
        """Record one verdict for slots, named by their offsets in the block."""
        bits = bitmaps.from_offsets(offsets)
        self._open &= ~bits
        outcome = verdict.outcome
        if not self.vendor_answered:
            self._note_vendor(verdict)
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
            self._outcomes.add(tried(self._block, bits, verdict.code, verdict.reason))
        elif self._guard:
            self._guard.mark_unconfirmed(bits, verdict.reason)
        else:
            self._outcomes.add(_unconfirmed(self._block, bits, verdict.code, verdict.reason))

    def _note_vendor(self, verdict: Verdict) -> None:
        """Note whether the vendor was asked and answered. The vendor's first answer
        decides.
        """
        if verdict.vendor_asked:
            self.vendor_asked = True
            self.vendor_answered = verdict.outcome is not Outcome.UNKNOWN
        else:
            self.local_verdicts = True

    def handle_call_failure(self, error: VendorError) -> None:
        """The call failed as a whole: slots without a verdict may be sent again."""
        if self._open:
            self._outcomes.add(tried(self._block, self._open, error.code, error.reason))
        self.release_unsettled()

    def release_unsettled(self) -> None:
        """Slots without a final verdict were not accepted: they may be sent again."""
        if self._guard:
            self._guard.release_rest()

    def mark_rest_unconfirmed(self) -> None:
        """Slots without a final verdict may have been sent."""
        if self._guard:
            self._guard.mark_rest_unconfirmed()
        elif self._open:
            reason = "the worker was stopped before an answer came"
            self._outcomes.add(_unconfirmed(self._block, self._open, FailureCode.INTERRUPTED, reason))
