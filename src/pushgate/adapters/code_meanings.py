"""What a failure's code means and what to do about it: the vendor's own codes by its table, and
Pushgate's. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pushgate.adapters.registry import vendors
from pushgate.adapters.response_codes import CallFailure, ResponseCode
from pushgate.domain.outcome import FailureCode, Outcome, RefusalScope, State


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """A code in words, and the remedy."""

    meaning: str
    remedy: str


REMEDIES: Mapping[Outcome | CallFailure, str] = {
    Outcome.ACCEPTED: "Nothing; the vendor took the push.",
    Outcome.INVALID: "Nothing; the terminal left the registry, and registers again with a new push token.",
    Outcome.REJECTED: "Correct what the code names in the message or in the app's settings, then send again.",
    Outcome.RETRY: "Send the failures again (/retry), or give messages a longer ttl.",
    Outcome.UNKNOWN: "Send the failures again (/retry) if the message may arrive twice.",
    CallFailure.AUTH: "Correct the app's credentials in the vendor's section, then run: pushgate check",
    CallFailure.THROTTLED: "Lower rate_limit in the app's vendor section, or give messages a longer ttl.",
    CallFailure.DAY_QUOTA: "Send fewer pushes a day, or ask the vendor for a larger quota.",
    CallFailure.UNAVAILABLE: "Nothing, if the vendor recovers; then send the failures again (/retry).",
    CallFailure.REFUSED: "Correct the app's credentials or its permissions, then run: pushgate check",
}
"""What to do about a vendor's code, by what Pushgate does about it."""
_MUTED = "Nothing; the user has turned notifications off."
_NOT_BELIEVED = (
    "All push tokens of one call were called dead at once, which is not believed: see that the app's "
    "credentials and environment are the right ones for its tokens."
)
_SCOPES = {
    RefusalScope.TOPIC: "See that the app's credentials may push to this topic.",
    RefusalScope.CHANNEL: "See that the channel exists and may be used by the app at the vendor.",
    RefusalScope.CLASS: "See that the vendor has granted the app this class of messages.",
    RefusalScope.RECEIPT: "See that the receipt address is registered at the vendor.",
}
"""What to do about a refusal that concerns only a part of the pushes."""
_OWN_CODES = {code.value: code for code in FailureCode}
_REFUSALS = (Outcome.REJECTED, CallFailure.AUTH, CallFailure.REFUSED)


def explain_code(vendor: str, code: str, state: State) -> CodeMeaning | None:
    """Return the meaning of the code of a terminal in this state; None for a code that is in no
    table.
    """
    known = vendors().get(vendor)
    row = known.codes.get(code) if known else None
    if row is not None:
        return CodeMeaning(row.meaning, _remedy(row, state))
    own = _OWN_CODES.get(code)
    return CodeMeaning(own.meaning, own.remedy) if own else None


def is_day_quota(vendor: str, code: str) -> bool:
    """Whether the vendor's code says that the quota of its day is used up."""
    known = vendors().get(vendor)
    row = known.codes.get(code) if known else None
    return row is not None and row.effect is CallFailure.DAY_QUOTA


def _remedy(row: ResponseCode, state: State) -> str:
    if row.muted:
        return _MUTED
    if row.effect is Outcome.INVALID and state is State.REJECTED:
        return _NOT_BELIEVED
    if row.effect in _REFUSALS and row.scope in _SCOPES:
        return _SCOPES[row.scope]
    return REMEDIES[row.effect]
