"""What the verdicts of one call say of the vendor, and what becomes of pushes without a verdict."""

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
        """Whether an answer of the vendor came."""
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
        """The call failed as a whole: slots without a verdict may be sent again."""

    @abstractmethod
    def postpone_rest(self, failure: Failure) -> None:
        """Pushes without a verdict were not sent, for this reason."""

    @abstractmethod
    def release_unsettled(self) -> None:
        """Slots without a final verdict were not accepted: they may be sent again."""

    @abstractmethod
    def mark_rest_unconfirmed(self) -> None:
        """Slots without a final verdict may have been sent."""
