"""What is wrong with a terminal, and what to do about it. Unknown facts are left out."""

from pydantic import AwareDatetime

from pushgate.api.schemas.base import ResponseModel, optional
from pushgate.api.schemas.fields import Id, MessageId, User, VendorName
from pushgate.api.schemas.history import HistoryEntry


class Finding(ResponseModel):
    """One thing that was found, in words, and what to do next."""

    code: str
    message: str
    remedy: str


class DiagnosedTerminal(ResponseModel):
    """The terminal as it is registered now, or as it was: `left_at` is when it left the registry.

    `changed_at` is when it was registered or changed last. `taken_over_by` is another terminal that
    has registered the same push token since. `other_terminals` are the user's other terminals; they
    are left out where the user has, or had, more than 64.
    """

    id: Id
    registered: bool
    vendor: VendorName = optional()
    language: str = optional()
    user: User = optional()
    registered_at: AwareDatetime = optional()
    changed_at: AwareDatetime = optional()
    last_seen: AwareDatetime = optional()
    last_heard_at: AwareDatetime = optional()
    left_at: AwareDatetime = optional()
    taken_over_by: Id = optional()
    other_terminals: list[Id] = optional()


class VendorCheck(ResponseModel):
    """The dry run with which the vendor was asked. Left out where the vendor has no such check."""

    message: MessageId


class Diagnosis(ResponseModel):
    """The known facts about a terminal, its latest messages, and the conclusions from both."""

    terminal: DiagnosedTerminal
    findings: list[Finding]
    messages: list[HistoryEntry]
    vendor_check: VendorCheck = optional()
