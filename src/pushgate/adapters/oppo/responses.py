"""OPPO's response codes, and the verdicts that follow from a response. Pure.

Source: docs/reference/vendors/oppo.md#codes
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.expiry import seconds_until_renewal
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
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.results import Response

OK, BAD_PARAMETER = "0", "41"
ITEM_PAUSE = 60.0
"""Seconds to wait before a retry where only some notifications of a request were accepted."""
CODES: Mapping[str, ResponseCode] = {
    OK: ResponseCode(ACCEPTED, "accepted"),
    "10000": ResponseCode(INVALID, "the registration id is not valid"),
    # OPPO does not say whether the terminal is lost or muted, so the token is kept.
    "10001": ResponseCode(
        REJECTED, "the terminal has no subscription (to a push with a picture)", muted=True
    ),
    "10004": ResponseCode(ACCEPTED, "the terminal was named before (in a push with a picture)"),
    "32": ResponseCode(ACCEPTED, "it was sent to this terminal before"),
    **rows(f"40 {BAD_PARAMETER}", REJECTED, "an argument is missing or not valid"),
    **rows(
        "12 20 21 22 23 24 25 31 34 51 59 67",
        REJECTED,
        "the request is not valid: method, encoding, picture, category",
    ),
    "-1": ResponseCode(CallFailure.UNAVAILABLE, "the service is unavailable"),
    **rows("-2 55", CallFailure.THROTTLED, "too many requests"),
    "13": ResponseCode(CallFailure.DAY_QUOTA, "the day's quota of calls is used up"),
    "33": ResponseCode(
        CallFailure.DAY_QUOTA, "the day's quota of messages is used up", scope=RefusalScope.CLASS
    ),
    **rows("11 29", CallFailure.AUTH, "the access token is not valid"),
    **rows("14 15 16 17", CallFailure.REFUSED, "the app key or its signature is wrong"),
    **rows("18 19", CallFailure.AUTH, "the time of the login is not valid: is the clock right?"),
    **rows("26 27 28", CallFailure.REFUSED, "the app may not do this: address, permission or state"),
    "30": ResponseCode(CallFailure.REFUSED, "the app may not use this call", scope=RefusalScope.CALL),
    "54": ResponseCode(CallFailure.REFUSED, "the private template is missing", scope=RefusalScope.CLASS),
}
_AUTH_CODES = auth_codes(CODES)
_ACCEPTED_ITEM_CODES = (None, 0, "", OK)


class _Item(msgspec.Struct, rename="camel"):
    registration_id: str = ""
    message_id: str = ""
    error_code: str | int | None = None


class _ResponseBody(msgspec.Struct):
    code: int | str | None = None
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Saved(msgspec.Struct):
    message_id: str = ""


def parse(response: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Return a verdict for each token of a batch. Raises VendorError about the whole call."""
    code = _code_of(response)
    if code == OK:
        return _verdicts_by_item(response, tokens, now)
    if _is_day_quota(code) and (items := _taken(response)):
        # Those that are not listed were not taken.
        listed = {item.registration_id: accepted() for item in items if item.message_id}
        return by_token(listed | _refused(items, now), tokens, _item_verdict(code, now))
    return same_for_all(_call_verdict(response, code, now, len(tokens)), len(tokens))


def parse_broadcast(response: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Return a verdict for each token of a broadcast. Raises VendorError about the whole call."""
    code = _code_of(response)
    if code == OK:
        return _verdicts_by_code(response, tokens, now)
    return same_for_all(_call_verdict(response, code, now, len(tokens)), len(tokens))


def parse_saved(response: Response, now: datetime) -> str | Verdict:
    """Return the id of saved content, '' for none, or the verdict that OPPO did not save it.

    Raises VendorError.
    """
    code = _code_of(response)
    if code != OK:
        return _call_verdict(response, code, now, 1)
    return (decode_json(_read_body(response).data, _Saved) or _Saved()).message_id


def refuses(response: Response) -> bool:
    """Whether the access token is not valid (any more)."""
    return _code_of(response) in _AUTH_CODES


def _read_body(response: Response) -> _ResponseBody:
    return decode_json(response.body, _ResponseBody) or _ResponseBody()


def _code_of(response: Response) -> str:
    """Return the code of the whole call.

    A failure of the call that every notification of a batch reports counts as the call's.
    """
    code = _read_body(response).code
    if code is None or not is_success(response.status):
        return f"http_{response.status}"
    if str(code) == OK and (items := _items(response)):
        codes = {str(item.error_code) for item in items}
        (common,) = codes if len(codes) == 1 else (OK,)
        if (row := CODES.get(common)) and isinstance(row.effect, CallFailure):
            return common
    return known_code(str(code))


def _call_verdict(response: Response, code: str, now: datetime, count: int) -> Verdict:
    row = CODES.get(code)
    if code == BAD_PARAMETER and count == 1 and "registration_id" in (_read_body(response).message or ""):
        row = ResponseCode(INVALID, "the registration id is not valid, as some clients saw it")
    elif row is None or (row.effect is ACCEPTED and count > 1):
        # A duplicate means for one token that the terminal has the push; for many, nobody knows for
        # which.
        has_code = not code.startswith("http")
        row = undocumented("OPPO", fallback_for_call(response.status, has_code=has_code))
    return judge_call(row, code, response, now)


def _verdicts_by_item(response: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    items = _items(response)
    if items is None:
        return [unanswered("the list of outcomes is unreadable")] * len(tokens)
    return by_token(_refused(items, now), tokens, accepted())


def _refused(items: Sequence[_Item], now: datetime) -> dict[str, Verdict]:
    return {
        item.registration_id: _item_verdict(known_code(str(item.error_code)), now)
        for item in items
        if item.error_code not in _ACCEPTED_ITEM_CODES
    }


def _is_day_quota(code: str) -> bool:
    row = CODES.get(code)
    return row is not None and row.effect is CallFailure.DAY_QUOTA


def _taken(response: Response) -> list[_Item]:
    """The results by notification of a call in which OPPO took some before it refused the others,
    empty where it took none.
    """
    items = _items(response) or []
    return items if any(item.message_id for item in items) else []


def _items(response: Response) -> list[_Item] | None:
    """Return the results by notification, None where they cannot be read."""
    data = _read_body(response).data
    return [] if is_null(data) else decode_json(data, list[_Item])


def _verdicts_by_code(response: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Return a verdict for each token. A broadcast's response lists rejected tokens by code."""
    data = _read_body(response).data
    lists = {} if is_null(data) else decode_json(data, dict[str, object])
    if lists is None:
        return [unanswered("the lists of outcomes are unreadable")] * len(tokens)
    verdicts = {
        token: _item_verdict(known_code(code), now)
        for code, listed in lists.items()
        if code.isdecimal() and isinstance(listed, list)
        for token in listed
        if isinstance(token, str)
    }
    return by_token(verdicts, tokens, accepted())


def _item_verdict(code: str, now: datetime) -> Verdict:
    """Return the verdict of one notification among others.

    A code of the whole call only delays this notification.
    """
    row = CODES.get(code, ResponseCode(REJECTED, "a code that is not in OPPO's documents"))
    if isinstance(row.effect, Outcome):
        return token_verdict(row, code)
    if row.effect is CallFailure.DAY_QUOTA:
        over = row.scope is RefusalScope.CLASS
        return Verdict(RETRY, code, row.meaning, seconds_until_renewal(now), over_quota=over)
    return Verdict(RETRY, code, row.meaning, ITEM_PAUSE)
