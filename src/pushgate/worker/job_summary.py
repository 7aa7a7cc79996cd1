"""What is to be done once a job's sends are over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pushgate.adapters.contract import Verdict
from pushgate.domain.errors import VendorError
from pushgate.domain.outcome import Outcome
from pushgate.ledger.pending import Block
from pushgate.terminals.registry import DeadToken
from pushgate.worker.route import Part

_PATIENCE = timedelta(milliseconds=250)
"""How long a job may wait for permits in all while it keeps a worker's hand; then it comes back later."""


@dataclass(frozen=True, slots=True)
class RateLimited:
    """It is not the turn of some of a job before `wait` is over. `held_by` is what makes it wait, None for nothing."""

    wait: timedelta
    held_by: Part | None = None


class JobSummary:
    """Gathers it."""

    def __init__(self) -> None:
        self.asked: float | None = None
        """Seconds that a vendor asked to wait, the most of them."""
        self.again = False
        """Whether some of the job must be tried again."""
        self.postponed: RateLimited | None = None
        """Some of the job was not tried, because it was not its turn."""
        self.answered = 0
        self.dead: list[DeadToken] = []
        self.muted: list[tuple[Block, int]] = []
        """Whose users have turned notifications off: by block, and offset into it."""
        self.patience = _PATIENCE
        self.outcomes: Counter[tuple[Outcome, str]] = Counter()
        """Answers by outcome and the vendor's code."""
        self.failures: list[tuple[str, str]] = []
        """Calls that failed as a whole: the kind of failure and its code."""
        self.seconds: list[float] = []
        """How long each slice took, from its first request to its last answer."""

    def fail(self, error: VendorError) -> None:
        """A call failed as a whole, so its pushes must be tried again."""
        self.failures.append((type(error).__name__, error.code))
        self.retry(error.retry_after)

    def postpone(self, postponed: RateLimited) -> None:
        """Some of the job must come back later; the longest wait counts."""
        if self.postponed is None or postponed.wait > self.postponed.wait:
            self.postponed = postponed

    def retry(self, asked: float | None) -> None:
        """Some of the job must be tried again; the longest wait that a vendor asked for counts."""
        self.again = True
        if asked is not None:
            self.asked = max(self.asked or 0.0, asked)

    def count(self, verdict: Verdict, indexes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """The verdict on these of the tokens."""
        self.answered += len(indexes)
        self.outcomes[verdict.outcome, verdict.code] += len(indexes)
        if verdict.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
            self.retry(verdict.retry_after)
        elif verdict.outcome is Outcome.INVALID:
            self.dead += [DeadToken(tokens[index].decode(), verdict.dead_since) for index in indexes]
