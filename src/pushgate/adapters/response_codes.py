"""Vendors' response codes, and what each means for one token or for the whole call. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from pushgate.adapters.contract import Verdict
from pushgate.adapters.expiry import seconds_until_renewal
from pushgate.domain.errors import VendorAuthError, VendorQuotaUsedUp, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import FailureCode, Outcome, RefusalScope
from pushgate.http2.results import Response

ACCEPTED, INVALID, REJECTED, RETRY = Outcome.ACCEPTED, Outcome.INVALID, Outcome.REJECTED, Outcome.RETRY
"""Short names for the tables of codes."""
THROTTLED_PAUSE = 2.0
"""Seconds to wait when a vendor asks for fewer requests and names no delay.

Source: docs/reference/vendors/index.md#pauses
"""
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class CallFailure(Enum):
    """What a code means for the whole call, if it says nothing about a single token."""

    AUTH = "auth"
    """The credential is refused; a new one may be accepted."""
    THROTTLED = "throttled"
    """The vendor asks for fewer requests."""
    DAY_QUOTA = "day_quota"
    """The quota of the vendor's day is used up."""
    UNAVAILABLE = "unavailable"
    """The vendor fails; a later attempt may succeed."""
    REFUSED = "refused"
    """The app is refused; an operator must act."""


@dataclass(frozen=True, slots=True)
class ResponseCode:
    """One row of a vendor's table of codes; `meaning` explains the code in words."""

    effect: Outcome | CallFailure
    meaning: str
    muted: bool = False
    """Whether the code says that the user has turned notifications off."""
    scope: RefusalScope = RefusalScope.APP
    """What a failure of the call is about."""

    @property
    def pauses(self) -> RefusalScope | None:
        """The scope that the code pauses; None if the code is about single tokens or the
        message.
        """
        return self.scope if isinstance(self.effect, CallFailure) else None


def rows(
    codes: str, effect: Outcome | CallFailure, meaning: str, scope: RefusalScope = RefusalScope.APP
) -> dict[str, ResponseCode]:
    """Return the same row for several codes, which are separated by spaces."""
    return dict.fromkeys(codes.split(), ResponseCode(effect, meaning, scope=scope))


def auth_codes(codes: Mapping[str, ResponseCode]) -> frozenset[str]:
    """Return the codes that refuse the credential: a new one may be accepted."""
    return frozenset(code for code, row in codes.items() if row.effect is CallFailure.AUTH)


def known_code(code: str) -> str:
    """Return a vendor's code as it may be logged and counted.

    A text that is no short word is replaced.
    """
    return code if _CODE.fullmatch(code) else FailureCode.UNREADABLE_CODE


def is_success(status: int) -> bool:
    """Whether an HTTP status is 2xx. Every vendor's code of success comes with such a status."""
    return 200 <= status < 300


def fallback_outcome(status: int) -> Outcome | CallFailure:
    """Return what an undocumented response means by its HTTP status.

    It never means that a token is dead.

    A success that cannot be read may have been accepted. A redirect does not come from the vendor,
    but from a server in between.
    """
    if is_success(status):
        return Outcome.UNKNOWN
    if status == 429:
        return CallFailure.THROTTLED
    if status == 408:
        return Outcome.RETRY
    if status >= 500:
        return CallFailure.UNAVAILABLE
    return Outcome.REJECTED if status >= 400 else CallFailure.REFUSED


def fallback_for_call(status: int, *, has_code: bool) -> Outcome | CallFailure:
    """As `fallback_outcome`, for a vendor whose API reports its own errors with a code and status
    200.

    A code that is not documented then rejects the push. 401, 403 and 404 come from the vendor's
    gateway and refuse the app.
    """
    if status in (401, 403, 404):
        return CallFailure.REFUSED
    return Outcome.REJECTED if has_code and is_success(status) else fallback_outcome(status)


def undocumented(vendor: str, effect: Outcome | CallFailure) -> ResponseCode:
    """Return the row of a response that the vendor does not document."""
    possessive = f"{vendor}'" if vendor.endswith("s") else f"{vendor}'s"
    return ResponseCode(effect, f"an answer that is not in {possessive} documents")


def at_status(row: ResponseCode, status: int) -> ResponseCode:
    """Return the row of a code that came with this HTTP status.

    With 5xx a code says nothing of tokens.
    """
    if status >= 500 and isinstance(row.effect, Outcome):
        return ResponseCode(CallFailure.UNAVAILABLE, "the vendor's server is in trouble")
    return row


def judge(row: ResponseCode, code: str, now: datetime, retry_after: float | None = None) -> Verdict:
    """Return the verdict that follows from a code, or raise the VendorError that does.

    `retry_after` is in seconds.
    """
    if isinstance(row.effect, Outcome):
        return Verdict(row.effect, code, row.meaning, retry_after)
    match row.effect:
        case CallFailure.THROTTLED:
            raise VendorThrottled(code, row.meaning, retry_after, row.scope)
        case CallFailure.DAY_QUOTA:
            # The vendor accepts nothing before the quota is renewed, whatever the response's header
            # says.
            pause = max(retry_after or 0, seconds_until_renewal(now))
            raise VendorQuotaUsedUp(code, row.meaning, pause, row.scope)
        case CallFailure.UNAVAILABLE:
            raise VendorUnavailable(code, row.meaning, retry_after, row.scope)
        case CallFailure.AUTH | CallFailure.REFUSED:  # for AUTH, a new credential has been tried by now
            raise VendorAuthError(code, row.meaning, retry_after, row.scope)


def judge_call(row: ResponseCode, code: str, response: Response, now: datetime) -> Verdict:
    """Judge a code of the whole response, by its HTTP status and its Retry-After header too.

    Raises VendorError.
    """
    row = at_status(row, response.status)
    throttled = row.effect is CallFailure.THROTTLED
    return judge(row, code, now, response.retry_after(now) or (THROTTLED_PAUSE if throttled else None))


def token_verdict(row: ResponseCode, code: str, retry_after: float | None = None) -> Verdict:
    """Return the verdict of a code that is only used for single tokens."""
    assert isinstance(row.effect, Outcome)
    return Verdict(row.effect, code, row.meaning, retry_after, muted=row.muted)


def accepted(code: str = "ok") -> Verdict:
    """Return the verdict that the vendor accepted the push."""
    return Verdict(Outcome.ACCEPTED, code, "accepted")


def unanswered(cause: str, retry_after: float | None = None) -> Verdict:
    """Return the verdict of a request that was sent and has no readable response: its outcome is
    unknown.
    """
    return Verdict(Outcome.UNKNOWN, FailureCode.NO_ANSWER, f"no answer came ({cause})", retry_after)


def same_for_all(verdict: Verdict, count: int) -> list[Verdict]:
    """Return one verdict for each of `count` tokens.

    That all of several tokens died at once is not believed.
    """
    if count > 1 and verdict.outcome is Outcome.INVALID:
        verdict = replace(verdict, outcome=Outcome.REJECTED)
    return [verdict] * count


def by_token(verdicts: Mapping[str, Verdict], tokens: Sequence[bytes], rest: Verdict) -> list[Verdict]:
    """Return the verdict of each token, and `rest` for those that the response does not list."""
    return [verdicts.get(token.decode(), rest) for token in tokens]
