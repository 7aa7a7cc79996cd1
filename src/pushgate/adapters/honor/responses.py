"""Honor's response codes, none of them confirmed, and the verdicts that follow. Pure.

Source: docs/reference/vendors/honor.md#codes
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.push_kit_codes import PARTIAL, illegal_tokens
from pushgate.adapters.response_codes import (
    ACCEPTED,
    INVALID,
    REJECTED,
    RETRY,
    CallFailure,
    ResponseCode,
    accepted,
    auth_codes,
    by_token,
    fallback_for_call,
    is_success,
    judge_call,
    known_code,
    rows,
    same_for_all,
    token_verdict,
    unanswered,
    undocumented,
)
from pushgate.adapters.vendor_json import decode_json, is_null
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.results import Response

_HUAWEI_CODES: Mapping[str, ResponseCode] = {
    PARTIAL: ResponseCode(INVALID, "some tokens are not valid"),
    "80300007": ResponseCode(
        INVALID,
        "the token is not valid, or not the app's; of several at once that is not believed, and they stay",
    ),
    **rows(
        "80100001 80100002 80100003 80100004 80100013 80100016 80100018 80300008 80300010",
        REJECTED,
        "the request is not valid: a parameter, its structure, size or content",
    ),
    "80200001": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "80200003": ResponseCode(CallFailure.AUTH, "the access token has expired"),
    "80200005": ResponseCode(CallFailure.AUTH, "the JWT has expired"),
    "80300002": ResponseCode(CallFailure.REFUSED, "the app may not push"),
    "80300011": ResponseCode(
        CallFailure.REFUSED, "the app may not send with high priority", scope=RefusalScope.CLASS
    ),
    "80300013": ResponseCode(CallFailure.REFUSED, "the receipt address or its certificate is not valid"),
    "80100017": ResponseCode(RETRY, "too many tasks at once"),
    "80600003": ResponseCode(CallFailure.UNAVAILABLE, "the OAuth service fails"),
    "81000001": ResponseCode(CallFailure.UNAVAILABLE, "Honor has an internal error"),
}
"""Huawei's codes, for the case that Honor uses them. That is not confirmed."""
CODES: Mapping[str, ResponseCode] = {
    "200": ResponseCode(ACCEPTED, "accepted"),
    "80000000": ResponseCode(ACCEPTED, "accepted, as some clients saw it"),
    "expireTokens": ResponseCode(INVALID, "the token has expired"),
    "sendResult": ResponseCode(REJECTED, "Honor says that it has sent nothing, and not why"),
    "failTokens": ResponseCode(REJECTED, "Honor could not send to it and does not say why"),
    "access_token": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "flow_control": ResponseCode(CallFailure.THROTTLED, "Honor asks for fewer requests"),
    **_HUAWEI_CODES,
    "http_401": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "http_403": ResponseCode(CallFailure.AUTH, "the access token is not valid for this app"),
    "http_404": ResponseCode(CallFailure.REFUSED, "the address is wrong"),
    "http_429": ResponseCode(CallFailure.THROTTLED, "Honor asks for fewer requests"),
}
_AUTH = auth_codes(CODES)
_SUCCESS = frozenset(["200", "80000000"])


class _Data(msgspec.Struct):
    sent: bool | None = msgspec.field(default=None, name="sendResult")
    failed: list[str] | None = msgspec.field(default=None, name="failTokens")
    expired: list[str] | None = msgspec.field(default=None, name="expireTokens")


class _ResponseBody(msgspec.Struct):
    code: str | int | None = None
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


def parse(response: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Return a verdict for each token. Raises VendorError about the whole call."""
    body = _read_body(response)
    code = _code(response, body)
    if code in _SUCCESS and is_success(response.status):
        return _verdicts_of_success(body, tokens)
    if code == PARTIAL and response.status < 500:
        return _verdicts_of_partial_success(body, tokens)
    row = CODES.get(code)
    if row is None or code in _SUCCESS:
        has_code = body.code is not None
        row = undocumented("Honor", fallback_for_call(response.status, has_code=has_code))
    return same_for_all(judge_call(row, code, response, now), len(tokens))


def refuses(response: Response) -> bool:
    """Whether the response says that the access token is not valid."""
    return _code(response, _read_body(response)) in _AUTH


def _verdicts_of_success(body: _ResponseBody, tokens: Sequence[bytes]) -> list[Verdict]:
    data = _Data() if is_null(body.data) else decode_json(body.data, _Data)
    if data is None:
        return [unanswered("the lists of failed tokens are unreadable")] * len(tokens)
    verdicts = {
        **dict.fromkeys(data.failed or (), _verdict("failTokens")),
        **dict.fromkeys(data.expired or (), _verdict("expireTokens")),
    }
    # A response that nothing was sent, without a list of tokens, is not documented. It is believed.
    nothing_sent = data.sent is False and not verdicts
    return by_token(verdicts, tokens, _verdict("sendResult") if nothing_sent else accepted())


def _verdicts_of_partial_success(body: _ResponseBody, tokens: Sequence[bytes]) -> list[Verdict]:
    refused = illegal_tokens(body.message or "")
    if refused is None:
        return [unanswered("the list of failed tokens is unreadable")] * len(tokens)
    dead, sent = _verdict(PARTIAL), accepted()
    return [dead if token.decode() in refused else sent for token in tokens]


def _verdict(code: str) -> Verdict:
    return token_verdict(CODES[code], code)


def _code(response: Response, body: _ResponseBody) -> str:
    """Return the code of a response, or a name for what its HTTP status or its text says."""
    if response.status in (401, 403, 404, 429):
        return f"http_{response.status}"
    text = (body.message or "").lower()
    if str(body.code) not in _SUCCESS:
        if "access token" in text or "access_token" in text:
            return "access_token"
        if "flow control" in text:
            return "flow_control"
    return known_code(str(body.code)) if body.code is not None else f"http_{response.status}"


def _read_body(response: Response) -> _ResponseBody:
    return decode_json(response.body, _ResponseBody) or _ResponseBody()
