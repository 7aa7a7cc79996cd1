"""What the verdicts of one call say about the vendor, and what happens to pushes without a
verdict.
"""

from abc import ABC, abstractmethod

from pushgate.adapters.contract import Verdict
from pushgate.domain.errors import VendorError
from pushgate.domain.outcome import Outcome
from pushgate.ledger.values import Failure


class CallOutcomes(ABC):
    """Takes the verdicts of one call. Subclasses know the slots that the call is about."""

    __slots__ = ("local_verdicts", "some_accepted", "vendor_answered", "vendor_asked")

    def __init__(self) -> None:
        self.some_accepted = False
        """Whether the vendor accepted a push."""
        self.vendor_answered = False
        """Whether the vendor has answered."""
        self.vendor_asked = False
        self.local_verdicts = False
        """Whether a verdict was given without asking the vendor."""

    @property
    def vendor_is_silent(self) -> bool:
        """Whether the vendor was asked and gave no answer at all."""
        return not self.vendor_answered and (self.vendor_asked or not self.local_verdicts)

    def note_vendor(self, verdict: Verdict) -> None:
        """Note whether the vendor was asked and answered. The vendor's first answer decides."""
        if verdict.vendor_asked:
            self.vendor_asked = True
            self.vendor_answered = verdict.outcome is not Outcome.UNKNOWN
        else:
            self.local_verdicts = True

    @abstractmethod
    def handle_call_failure(self, error: VendorError) -> None:
        """Let slots without a verdict be sent again: the call failed as a whole."""

    @abstractmethod
    def postpone_rest(self, failure: Failure) -> None:
        """Note for this reason that pushes without a verdict were not sent."""

    @abstractmethod
    def release_unsettled(self) -> None:
        """Let slots without a final verdict be sent again: they were not accepted."""

    @abstractmethod
    def mark_rest_unconfirmed(self) -> None:
        """Note that slots without a final verdict may have been sent."""
