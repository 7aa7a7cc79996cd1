"""The reasons that results show for pushes that failed, wait or are sent again. Pure."""

from pushgate.adapters.contract import Verdict
from pushgate.domain.errors import PayloadRejected, VendorError, VendorQuotaUsedUp
from pushgate.domain.outcome import FailureCode
from pushgate.ledger.values import Failure

_UNANSWERED = "sent, but no answer came, and the message asked not to be sent twice"
_INTERRUPTED = "the worker was stopped before an answer came"
CONTENT_LOST = "the content of the message was dropped, or cannot be read, before it was its turn"
NOT_CONFIGURED_PAUSE = 60.0
"""Seconds until pushes come back for which no process had settings."""


def forgotten(vendor: str) -> Failure:
    """The terminal is gone, or has another vendor."""
    reason = "the terminal was forgotten, or went to another vendor, before it was its turn"
    return Failure(vendor, FailureCode.FORGOTTEN, reason)


def content_dropped(vendor: str) -> Failure:
    """The content of the message was dropped, or this version cannot read it."""
    return Failure(vendor, FailureCode.CONTENT_DROPPED, CONTENT_LOST)


def missing_value(vendor: str, name: str) -> Failure:
    """The content needs a value that the terminal lacks, and gives no default."""
    reason = f"the content needs {name}, which the terminal has no value for"
    return Failure(vendor, FailureCode.MISSING_VALUE, reason)


def content_rejected(vendor: str, error: PayloadRejected) -> Failure:
    """The vendor does not take the content filled with the terminal's values.

    The reason names no size: terminals whose contents are too long share it.
    """
    if error.code in (FailureCode.TOO_LONG, FailureCode.PAYLOAD_TOO_LARGE):
        reason = f"{error.field}, with the values of the terminal, is longer than the vendor takes"
        return Failure(vendor, FailureCode.TOO_LONG, reason)
    return Failure(vendor, error.code, str(error))


def over_quota(vendor: str) -> Failure:
    """Nothing was sent, because the app's quota of the vendor's day is used up."""
    return Failure(vendor, FailureCode.QUOTA, "never sent: the quota of the vendor's day was used up")


def not_taken(vendor: str, error: VendorError) -> Failure:
    """The call failed as a whole: why the push expires, without another attempt."""
    if isinstance(error, VendorQuotaUsedUp):
        reason = f"{error.reason} ({error.code}); not taken before the time to live was over"
        return Failure(vendor, FailureCode.QUOTA, reason)
    return tried(vendor, error.code, error.reason)


def stopped(vendor: str, error: VendorError) -> Failure:
    """Nothing was sent, because other pushes led to this error."""
    if isinstance(error, VendorQuotaUsedUp):
        reason = f"never sent: {error.reason} ({error.code})"
        return Failure(vendor, FailureCode.QUOTA, reason)
    return paused(vendor, error.code, error.reason)


def retried(vendor: str, verdict: Verdict) -> Failure:
    """The vendor answered that the push is to be tried again: why the push expires, without another
    attempt.
    """
    if verdict.over_quota:
        reason = f"{verdict.reason} ({verdict.code}); not taken before the time to live was over"
        return Failure(vendor, FailureCode.QUOTA, reason)
    return tried(vendor, verdict.code, verdict.reason)


def tried(vendor: str, code: str, reason: str) -> Failure:
    """The vendor did not accept the push for now: why the push expires, without another attempt."""
    return Failure(vendor, code, f"{reason}; not taken before the time to live was over")


def never_sent(vendor: str, error: VendorError) -> Failure:
    """Nothing was sent, because of this error: why the push expires without any attempt."""
    return Failure(vendor, error.code, f"never sent: {error.reason}")


def paused(vendor: str, code: str, reason: str) -> Failure:
    """Nothing was sent, because other pushes were refused or not answered."""
    text = f"never sent: pushes were paused after {code} ({reason})"
    return Failure(vendor, FailureCode.VENDOR_PAUSED, text)


def paused_by_call(vendor: str, reason: str) -> Failure:
    """Nothing was sent, because a call paused the app or the vendor.

    `reason` says since when, and by whom.
    """
    return Failure(vendor, FailureCode.PAUSED, f"never sent: {reason}")


def not_replicated(vendor: str) -> Failure:
    """Nothing was sent, because after a failover the push could have been sent twice."""
    reason = "never sent: too few replicas of Redis confirmed in time that the push was about to be sent"
    return Failure(vendor, FailureCode.NOT_REPLICATED, reason)


def unconfirmed(vendor: str, code: str, reason: str) -> Failure:
    """The push was sent and got no answer: why the push expires, without another answer."""
    return Failure(vendor, code, f"sent, but {reason}; no other answer before the time to live was over")


def interrupted(vendor: str) -> Failure:
    """The push was sent, and the worker stopped before an answer came."""
    return unconfirmed(vendor, FailureCode.INTERRUPTED, _INTERRUPTED)


def unanswered(vendor: str, cause: str | None = None) -> Failure:
    """The push was sent at most once and got no answer.

    `cause` says what is known of the reason.
    """
    reason = _UNANSWERED.replace("no answer came", cause) if cause else _UNANSWERED
    return Failure(vendor, FailureCode.UNANSWERED, reason)
