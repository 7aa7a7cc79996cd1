"""What the answers for one block mean for the accounts, with and without the promise to send at most once."""

from collections.abc import Iterable

from pushgate.adapters.contract import Verdict
from pushgate.domain import bitmaps
from pushgate.domain.errors import VendorError
from pushgate.domain.outcome import FailureCode, Outcome, State
from pushgate.ledger.pending import Block, Failure, Move, MoveKind
from pushgate.worker.outcome_buffer import OutcomeBuffer

_SETTLED = {
    Outcome.ACCEPTED: State.ACCEPTED,
    Outcome.INVALID: State.INVALID,
    Outcome.REJECTED: State.REJECTED,
}


class AtMostOnceGuard:
    """Slots that count as sent and unanswered from before they are sent, whatever becomes of this process."""

    def __init__(self, block: Block, unanswered: Failure, recorder: OutcomeBuffer) -> None:
        self._block = block
        self._unanswered = unanswered
        self._recorder = recorder
        self._left = 0

    async def begin(self, bits: int) -> int:
        """Withhold these; returns those that may be sent now. Raises EngineUnavailable: then none may."""
        move = Move(self._block, bits, State.REJECTED, self._unanswered, kind=MoveKind.RESERVE)
        self._left = await self._recorder.withhold(move)
        return self._left

    def settle(self, bits: int, to: State, failure: Failure | None) -> None:
        """Their answer came."""
        self._left &= ~bits
        self._recorder.add(Move(self._block, bits, to, failure, State.REJECTED))

    def keep(self, bits: int, why: str | None = None) -> None:
        """No answer will come: they stay unanswered. `why` tells what is known of the cause."""
        self._left &= ~bits
        vendor, code, reason = self._unanswered.vendor, self._unanswered.code, self._unanswered.reason
        failure = Failure(vendor, code, reason.replace("no answer came", why)) if why else None
        self._recorder.add(Move(self._block, bits, State.REJECTED, failure, State.REJECTED))
        self._recorder.add(Move(self._block, bits, State.REJECTED, kind=MoveKind.UNCONFIRMED))

    def keep_rest(self) -> None:
        """No answer will come for any that is left."""
        if self._left:
            self.keep(self._left)

    def restore_rest(self) -> None:
        """None that is left was sent, or the vendor said to try again: they are pending as before."""
        if self._left:
            move = Move(
                self._block,
                self._left,
                State.PENDING,
                None,
                State.REJECTED,
                MoveKind.RELEASE,
            )
            self._recorder.add(move)
            self._left = 0


def attempt(block: Block, bits: int, code: str, reason: str) -> Move:
    """The vendor did not take these for now: they are tried again, and expire for this reason if there is no time left."""
    failure = Failure(block.group.vendor, code, f"{reason}; not taken before the time to live was over")
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.TRIED)


def held_back(block: Block, bits: int, error: VendorError) -> Move:
    """Nothing was sent to these: the reason if they expire without any attempt."""
    failure = Failure(block.group.vendor, error.code, f"never sent: {error.reason}")
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.HELD)


def paused(block: Block, bits: int, code: str, reason: str) -> Move:
    """Nothing was sent to these, because other pushes were refused, or not answered."""
    told = f"never sent: pushes were paused after {code} ({reason})"
    failure = Failure(block.group.vendor, FailureCode.VENDOR_PAUSED, told)
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.HELD)


def _unanswered(block: Block, bits: int, code: str, reason: str) -> Move:
    """They were sent, and no answer came: they may have it. A recall asks for it back from them, too."""
    failure = Failure(
        block.group.vendor, code, f"sent, but {reason}; no other answer before the time to live was over"
    )
    return Move(block, bits, State.EXPIRED, failure, kind=MoveKind.UNCONFIRMED)


class OutcomeHandler:
    """The answers for one block, as they come. Without `withheld`, what is not settled simply stays pending."""

    def __init__(
        self, block: Block, bits: int, recorder: OutcomeBuffer, withheld: AtMostOnceGuard | None
    ) -> None:
        self._block = block
        self._open = bits
        self._recorder = recorder
        self._withheld = withheld

    def take(self, offsets: Iterable[int], verdict: Verdict) -> None:
        """The verdict on terminals, by their offsets into the block."""
        bits = bitmaps.from_offsets(offsets)
        self._open &= ~bits
        to = _SETTLED.get(verdict.outcome)
        if to is not None:
            told = to is not State.ACCEPTED
            failure = Failure(self._block.group.vendor, verdict.code, verdict.reason) if told else None
            if self._withheld:
                self._withheld.settle(bits, to, failure)
            else:
                self._recorder.add(Move(self._block, bits, to, failure))
        elif verdict.outcome is Outcome.RETRY:
            self._recorder.add(attempt(self._block, bits, verdict.code, verdict.reason))
        elif self._withheld:
            self._withheld.keep(bits, verdict.reason)
        else:
            self._recorder.add(_unanswered(self._block, bits, verdict.code, verdict.reason))

    def failed(self, error: VendorError) -> None:
        """The call as a whole failed: whatever has no answer was not accepted, and may be sent again."""
        if self._open:
            self._recorder.add(attempt(self._block, self._open, error.code, error.reason))
        self.not_sent()

    def not_sent(self) -> None:
        """Whatever has no final answer was not accepted: it may be sent again."""
        if self._withheld:
            self._withheld.restore_rest()

    def unknown(self) -> None:
        """Whatever has no final answer may have been sent."""
        if self._withheld:
            self._withheld.keep_rest()
        elif self._open:
            told = "the worker was stopped before an answer came"
            self._recorder.add(_unanswered(self._block, self._open, "interrupted", told))
