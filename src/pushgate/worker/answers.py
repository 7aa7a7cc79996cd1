"""What the answers for one block mean for the accounts, with and without the promise to send at most once."""

from collections.abc import Iterable

from pushgate import blocks
from pushgate.adapters.contract import Verdict
from pushgate.model import Outcome, State
from pushgate.results.pending import Block, Failure, Meaning, Move
from pushgate.worker.recorder import Recorder

_SETTLED = {
    Outcome.ACCEPTED: State.ACCEPTED,
    Outcome.INVALID: State.INVALID,
    Outcome.REJECTED: State.REJECTED,
}


class Withheld:
    """Slots that count as sent and unanswered from before they are sent, whatever becomes of this process."""

    def __init__(self, block: Block, unanswered: Failure, recorder: Recorder) -> None:
        self._block = block
        self._unanswered = unanswered
        self._recorder = recorder
        self._left = 0

    async def begin(self, bits: int) -> int:
        """Withhold these; returns those that may be sent now. Raises EngineUnavailable: then none may."""
        move = Move(self._block, bits, State.REJECTED, self._unanswered, meaning=Meaning.WITHHOLD)
        self._left = await self._recorder.withhold(move)
        return self._left

    def settle(self, bits: int, to: State, failure: Failure | None) -> None:
        """Their answer came."""
        self._left &= ~bits
        self._recorder.add(Move(self._block, bits, to, failure, State.REJECTED, self._unanswered))

    def keep(self, bits: int) -> None:
        """No answer will come: they stay unanswered."""
        self._left &= ~bits
        self._recorder.add(Move(self._block, bits, State.REJECTED, origin=State.REJECTED))
        self._recorder.add(_doubt(self._block, bits))

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
                self._unanswered,
                Meaning.RESTORE,
            )
            self._recorder.add(move)
            self._left = 0


def _doubt(block: Block, bits: int) -> Move:
    """No answer came: they may have it. A recall asks for it back from them, too."""
    return Move(block, bits, State.PENDING, meaning=Meaning.DOUBT)


class Answers:
    """The answers for one block, as they come. Without `withheld`, what is not settled simply stays pending."""

    def __init__(self, block: Block, recorder: Recorder, withheld: Withheld | None) -> None:
        self._block = block
        self._recorder = recorder
        self._withheld = withheld

    def take(self, offsets: Iterable[int], verdict: Verdict) -> None:
        """The verdict on terminals, by their offsets into the block."""
        bits = blocks.from_offsets(offsets)
        to = _SETTLED.get(verdict.outcome)
        if to is not None:
            told = to is not State.ACCEPTED
            failure = Failure(self._block.group.vendor, verdict.code, verdict.reason) if told else None
            if self._withheld:
                self._withheld.settle(bits, to, failure)
            else:
                self._recorder.add(Move(self._block, bits, to, failure))
        elif verdict.outcome is Outcome.UNKNOWN:
            if self._withheld:
                self._withheld.keep(bits)
            else:
                self._recorder.add(_doubt(self._block, bits))

    def not_sent(self) -> None:
        """Whatever has no final answer was not accepted: it may be sent again."""
        if self._withheld:
            self._withheld.restore_rest()

    def unknown(self) -> None:
        """Whatever has no final answer may have been sent."""
        if self._withheld:
            self._withheld.keep_rest()
