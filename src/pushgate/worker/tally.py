"""What is to be done once a job's sends are over."""

from collections.abc import Sequence
from datetime import timedelta

from pushgate.adapters.contract import Verdict
from pushgate.model import Outcome
from pushgate.results.pending import Block
from pushgate.terminals.registry import DeadToken

_PATIENCE = timedelta(milliseconds=250)
"""How long a job may wait for permits in all while it keeps a worker's hand; then it comes back later."""


class Tally:
    """Gathers it."""

    def __init__(self) -> None:
        self.asked: float | None = None
        """Seconds that a vendor asked to wait, the most of them."""
        self.again = False
        """Whether some of the job must be tried again."""
        self.postponed: timedelta | None = None
        """Some of the job was not tried, because it was not its turn, and will not be before this is over."""
        self.answered = 0
        self.dead: list[DeadToken] = []
        self.muted: list[tuple[Block, int]] = []
        """Whose users have turned notifications off: by block, and offset into it."""
        self.patience = _PATIENCE

    def retry(self, asked: float | None) -> None:
        """Some of the job must be tried again; the longest wait that a vendor asked for counts."""
        self.again = True
        if asked is not None:
            self.asked = max(self.asked or 0.0, asked)

    def count(self, verdict: Verdict, indexes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """The verdict on these of the tokens."""
        self.answered += len(indexes)
        if verdict.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
            self.retry(verdict.retry_after)
        elif verdict.outcome is Outcome.INVALID:
            self.dead += [DeadToken(tokens[index].decode(), verdict.dead_since) for index in indexes]
