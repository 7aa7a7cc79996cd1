"""The summary of a job's sends: it decides the next attempt, and is counted when the job ends."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pushgate.adapters.contract import Verdict
from pushgate.domain.errors import VendorAuthError, VendorError, VendorQuotaUsedUp
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.terminals.registry import DeadToken
from pushgate.worker.route import BreakerScope

_WAIT_BUDGET = timedelta(milliseconds=250)
"""How long a job may wait for permits in all while it occupies a connection of the worker. A job
that would wait longer comes back later.
"""


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Some pushes of a job get no permits before `wait` is over.

    `limited_by` is the scope that makes them wait.
    """

    wait: timedelta
    limited_by: BreakerScope


class JobSummary:
    """Collects the results of a job's calls."""

    def __init__(self) -> None:
        self.retry_needed = False
        """Whether some pushes must be tried again."""
        self.calls_failed = False
        """Whether some of these must be tried again for another reason than a verdict on single
        pushes.
        """
        self.vendor_retry_after: float | None = None
        """The longest delay that the vendor asked for, for more than single pushes, in seconds."""
        self.push_retry_after: float | None = None
        """The longest delay that the vendor asked for, for single pushes, in seconds."""
        self.tried_again = False
        """Whether pushes were sent again that an earlier run had tried or put off."""
        self.rate_limited: RateLimited | None = None
        """The longest wait among pushes that were not tried because permits were lacking."""
        self.paused = False
        """Whether some pushes were not sent because a call paused the app or the vendor."""
        self.over_quota = False
        """Whether some pushes were not sent because a vendor's quota of the day is used up."""
        self.quota_refused = False
        """Whether the vendor said that the quota of a class of pushes is used up."""
        self.wait_budget = _WAIT_BUDGET
        """How long the job may still wait for permits."""
        self.answered = 0
        """Terminals with a verdict."""
        self.dead: list[DeadToken] = []
        self.verdicts: Counter[tuple[Outcome, str]] = Counter()
        """Terminals by outcome and the vendor's code."""
        self.call_failures: list[tuple[str, str]] = []
        """Calls that failed as a whole: the kind of the error and its code."""
        self.refusal: VendorAuthError | None = None
        """The vendor's last refusal of the app's credential."""
        self.chunk_seconds: list[float] = []
        """How long each chunk took, from its first request to its last answer."""

    @property
    def others_wait(self) -> bool:
        """Whether pushes wait for another reason than that the vendor refused them for now one by
        one.
        """
        waits = self.rate_limited is not None or self.paused or self.over_quota
        return waits or self.calls_failed

    def record_call_failure(self, error: VendorError) -> None:
        """Record that a call failed as a whole: its pushes must be tried again."""
        self.call_failures.append((error.kind, error.code))
        if isinstance(error, VendorAuthError) and error.scope is RefusalScope.APP:
            self.refusal = error
        if isinstance(error, VendorQuotaUsedUp) and error.scope is RefusalScope.CLASS:
            self.quota_refused = True
        self.request_retry(error.retry_after)

    def record_rate_limited(self, rate_limited: RateLimited) -> None:
        """Record that some pushes must come back later."""
        if self.rate_limited is None or rate_limited.wait > self.rate_limited.wait:
            self.rate_limited = rate_limited

    def request_retry(self, retry_after: float | None) -> None:
        """Record that some pushes must be tried again, for another reason than a verdict on single
        pushes.

        `retry_after` is the delay that the vendor asked for, in seconds.
        """
        self.retry_needed = self.calls_failed = True
        self.vendor_retry_after = _longer(self.vendor_retry_after, retry_after)

    def record_verdict(self, verdict: Verdict, indexes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """Record the verdict on the tokens at these indexes."""
        self.answered += len(indexes)
        self.verdicts[verdict.outcome, verdict.code] += len(indexes)
        if verdict.over_quota:
            self.quota_refused = True
        if verdict.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
            self.retry_needed = True
            if verdict.over_quota:
                self.request_retry(verdict.retry_after)
            else:
                self.push_retry_after = _longer(self.push_retry_after, verdict.retry_after)
        elif verdict.outcome is Outcome.INVALID:
            self.dead += [
                DeadToken(tokens[index].decode(), verdict.dead_since, verdict.code) for index in indexes
            ]


def _longer(known: float | None, asked: float | None) -> float | None:
    """The longer of two delays; None stands for no delay."""
    return known if asked is None else max(known or 0.0, asked)
