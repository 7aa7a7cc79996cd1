"""The failures of a message as reasons with their remedies, those to act on first. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pushgate.adapters.registry import vendors
from pushgate.adapters.response_codes import CallFailure, ResponseCode
from pushgate.console.reason_texts import (
    BY_EFFECT,
    BY_SCOPE,
    MUTED,
    NOT_BELIEVED,
    OWN_CODES,
    UNDOCUMENTED,
    ReasonText,
)
from pushgate.console.words import Words
from pushgate.domain.outcome import FailureCode, Outcome
from pushgate_client.types import FailureCount

_REFUSALS = (Outcome.REJECTED, CallFailure.AUTH, CallFailure.REFUSED)
_RETRIED = ("rejected", "expired")
_OF_CONTENT = (
    FailureCode.PAYLOAD_TOO_LARGE,
    FailureCode.TOO_LONG,
    FailureCode.BLANK,
    FailureCode.NOTHING_SHOWN,
    FailureCode.UNSUPPORTED,
    FailureCode.BAD_OPTION,
    FailureCode.BAD_IMAGE,
    FailureCode.RESERVED_KEY,
)
"""Codes that say what is wrong with the message itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why some terminals of one vendor did not get a message. English, for the catalogue."""

    number: int
    vendor: str
    state: str
    code: str
    title: str
    """What the code means, empty for one that no document has."""
    remedy: str
    detail: str
    """The reason as it was recorded, where it is another than the title; empty else."""
    needs_nothing: bool
    can_retry: bool


def list_reasons(failures: Sequence[FailureCount]) -> list[Reason]:
    """Return the reasons of a message's failures: those to act on first, then by their number."""
    reasons = [_reason(failure) for failure in failures]
    return sorted(reasons, key=lambda reason: (reason.needs_nothing, -reason.number, reason.vendor))


def count_hopeless(failures: Sequence[FailureCount]) -> Mapping[str, int]:
    """Return by vendor how many terminals would be rejected again: the content stays as it is."""
    found: Counter[str] = Counter()
    for row in failures:
        if row["state"] == "rejected" and row["code"] in _OF_CONTENT:
            found[row["vendor"]] += row["count"]
    return found


def say_reason(reason: Reason, words: Words) -> Reason:
    """Return the reason in the reader's words. Where no document has the code, the title is the
    reason as it was recorded.
    """
    title = words._(reason.title) if reason.title else reason.detail or reason.code
    return replace(
        reason,
        title=capitalize(title),
        remedy=words._(reason.remedy),
        detail=reason.detail if reason.title else "",
    )


def say_code(vendor: str, code: str | None, state: str, recorded: str | None, words: Words) -> str:
    """Return why one terminal failed, in the reader's words; empty where it did not."""
    if code is None:
        return ""
    title = explain(vendor, code, state).title
    return words._(title) if title else recorded or code


def capitalize(text: str) -> str:
    """Return the text with a capital as its first letter."""
    return text[:1].upper() + text[1:]


def explain(vendor: str, code: str, state: str) -> ReasonText:
    """Return the title and the remedy of a failure's code."""
    row = _row(vendor, code)
    if row is not None:
        return ReasonText(row.meaning, *_remedy(row, state))
    own = OWN_CODES.get(code)
    return own or ReasonText("", UNDOCUMENTED)


def count_retried(failures: Sequence[FailureCount], states: Mapping[str, int]) -> Mapping[str, int]:
    """Return how many terminals of each failed state a retry sends to again.

    Unanswered pushes that were sent at most once are never sent again.
    """
    unanswered = sum(row["count"] for row in failures if row["code"] == FailureCode.UNANSWERED)
    return {
        "invalid": states["invalid"],
        "rejected": max(0, states["rejected"] - unanswered),
        "expired": states["expired"],
    }


def _reason(failure: FailureCount) -> Reason:
    text = explain(failure["vendor"], failure["code"], failure["state"])
    return Reason(
        number=failure["count"],
        vendor=failure["vendor"],
        state=failure["state"],
        code=failure["code"],
        title=text.title,
        remedy=text.remedy,
        detail=failure["reason"] if failure["reason"] != text.title else "",
        needs_nothing=text.needs_nothing,
        can_retry=failure["state"] in _RETRIED and failure["code"] != FailureCode.UNANSWERED,
    )


def _row(vendor: str, code: str) -> ResponseCode | None:
    known = vendors().get(vendor)
    return known.codes.get(code) if known else None


def _remedy(row: ResponseCode, state: str) -> tuple[str, bool]:
    if row.muted:
        return MUTED, True
    if row.effect is Outcome.INVALID:
        return (NOT_BELIEVED, False) if state == "rejected" else (BY_EFFECT[row.effect], True)
    if row.effect in _REFUSALS and row.scope in BY_SCOPE:
        return BY_SCOPE[row.scope], False
    return BY_EFFECT[row.effect], row.effect is Outcome.ACCEPTED
