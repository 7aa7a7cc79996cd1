"""Push services' response codes, and the verdict that follows from a response. Pure.

Source: docs/reference/vendors/webpush.md#codes
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.response_codes import (
    ACCEPTED,
    INVALID,
    REJECTED,
    RETRY,
    CallFailure,
    ResponseCode,
    accepted,
    fallback_outcome,
    is_success,
    judge,
)
from pushgate.adapters.vendor_json import decode_json
from pushgate.adapters.webpush.origins import is_microsoft
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.results import Response

MICROSOFT_PAUSE = 900.0
"""Seconds to wait when Microsoft throttles and names no delay."""
_MAX_EXPLANATION, _MAX_WORD = 120, 24  # characters
REMOVED, NO_SUBSCRIPTION, FOREIGN_HOST, FOREIGN_KEY = (
    "permanently_removed",
    "not_a_subscription",
    "foreign_host",
    "foreign_key",
)
"""Pushgate's own codes for subscriptions."""


def _rows(codes: str, effect: Outcome | CallFailure, meaning: str) -> dict[str, ResponseCode]:
    """Return the same row for several codes. A failure of the call is about one push service."""
    return dict.fromkeys(codes.split(), ResponseCode(effect, meaning, scope=RefusalScope.HOST))


_KEY_REFUSED = (
    "the push service refuses our VAPID key: "
    "the subscription was made with another one, or subject or clock are wrong"
)
CODES: Mapping[str, ResponseCode] = {
    "2xx": ResponseCode(ACCEPTED, "accepted"),
    **_rows("404 410", INVALID, "the subscription is over"),
    "wns_channel_throttled": ResponseCode(
        RETRY, "Microsoft takes no more pushes to this subscription for now"
    ),
    **_rows("wns_throttled", CallFailure.THROTTLED, "Microsoft takes no more pushes of this app for now"),
    **_rows("400 406", REJECTED, "a header or the form is not valid"),
    **_rows("401 403 errno_109", CallFailure.AUTH, _KEY_REFUSED),
    **_rows("413 errno_104", REJECTED, "the push service takes no such large body"),
    **_rows("429 errno_201", CallFailure.THROTTLED, "too many requests"),
    **_rows("301 307 308", REJECTED, "the subscription has moved; where to is not followed"),
    **_rows("500 502 503 504", CallFailure.UNAVAILABLE, "the push service is in trouble"),
    # Mozilla's error numbers
    **_rows("errno_102 errno_103 errno_105 errno_106", INVALID, "the subscription is over"),
    **_rows("errno_110 errno_111 errno_112 errno_113", REJECTED, "a header is not valid"),
    **_rows("errno_202", RETRY, "to be sent again at once"),
    **_rows(
        "errno_900 errno_901 errno_902 errno_903", RETRY, "the bridge to another push system is in trouble"
    ),
    REMOVED: ResponseCode(INVALID, "the browser has no push service"),
    NO_SUBSCRIPTION: ResponseCode(REJECTED, "the token is no subscription, or its key is not valid"),
    FOREIGN_HOST: ResponseCode(
        REJECTED, "its push service is not among the section's hosts; add it there if it is one"
    ),
    FOREIGN_KEY: ResponseCode(REJECTED, "the subscription was made with another VAPID key"),
}


class _MozillaError(msgspec.Struct):
    errno: int | None = None


def parse(response: Response, now: datetime, origin: str = "") -> Verdict:
    """Return what the push service at `origin` said of one subscription.

    Raises VendorError about the push service.
    """
    if is_success(response.status):
        return accepted()
    code = _code_of(response, origin)
    row = CODES.get(code)
    if row is None:
        row = ResponseCode(_fallback_outcome(response.status), "an answer that is not in the documents")
    if explanation := _explanation(response):
        row = replace(row, meaning=f"{row.meaning}: {explanation}")
    pause = response.retry_after(now) or (MICROSOFT_PAUSE if code.startswith("wns_") else None)
    return judge(row, code, now, pause)


def subscription_verdict(code: str) -> Verdict:
    """Return the verdict of one of Pushgate's own codes.

    Only a foreign key is found by asking the push service.
    """
    row = CODES[code]
    assert isinstance(row.effect, Outcome)
    return Verdict(row.effect, code, row.meaning, vendor_asked=code == FOREIGN_KEY)


def _code_of(response: Response, origin: str) -> str:
    """Return Microsoft's or Mozilla's code, or else the HTTP status."""
    wns_status = response.headers.get("x-wns-status", "").lower()
    if response.status == 406 and (wns_status or is_microsoft(origin)):
        return "wns_channel_throttled" if wns_status == "channelthrottled" else "wns_throttled"
    error = decode_json(response.body, _MozillaError) or _MozillaError()
    code = f"errno_{error.errno}"
    return code if code in CODES else str(response.status)


def _explanation(response: Response) -> str:
    """Return the header with Microsoft's explanation, '' if it could hold a token or an address."""
    text = response.headers.get("x-wns-error-description", "").strip()
    is_plain = len(text) <= _MAX_EXPLANATION and text.isascii() and text.isprintable()
    has_short_words = all(len(word) <= _MAX_WORD for word in text.split())
    return text.rstrip(".") if is_plain and has_short_words else ""


def _fallback_outcome(status: int) -> Outcome | CallFailure:
    """Return what an undocumented status means.

    The redirect of one subscription says nothing of the others.
    """
    return REJECTED if 300 <= status < 400 else fallback_outcome(status)
