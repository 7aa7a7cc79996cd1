"""Xiaomi's response codes, and the verdicts that follow from a response. Pure.

Source: docs/reference/vendors/xiaomi.md#codes
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.receipts import comma_separated
from pushgate.adapters.response_codes import (
    ACCEPTED,
    INVALID,
    REJECTED,
    RETRY,
    CallFailure,
    ResponseCode,
    accepted,
    fallback_for_call,
    is_success,
    judge_call,
    rows,
    token_verdict,
    undocumented,
)
from pushgate.adapters.vendor_json import decode_json
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.results import Response

OK, INVALID_IDS = "0", "bad_regids"
CODES: Mapping[str, ResponseCode] = {
    OK: ResponseCode(ACCEPTED, "accepted"),
    INVALID_IDS: ResponseCode(INVALID, "the registration id is not valid"),
    **rows("20301", INVALID, "no target is valid"),
    **rows("10029 65003", INVALID, "there is no such device"),
    **rows(
        "10001 10002 10003 1 -1 20607 26003 65029",
        CallFailure.UNAVAILABLE,
        "Xiaomi is busy or has an internal error",
    ),
    **rows("10027 26004", CallFailure.THROTTLED, "too many requests"),
    **rows("10034", CallFailure.DAY_QUOTA, "the day's quota is used up", RefusalScope.CHANNEL),
    **rows(
        "200001", CallFailure.DAY_QUOTA, "the channel's quota of the day is used up", RefusalScope.CHANNEL
    ),
    **rows("10037", RETRY, "the request came too late"),
    **rows(
        "10008 10012 10016 10017 21305 65009 65014 65015 65036 65037 65038",
        REJECTED,
        "a parameter is not valid or too long",
    ),
    **rows("21301 21302", CallFailure.REFUSED, "the app secret is wrong"),
    **rows(
        "21303 10031 10036 22000 22006 22007 22022 26006",
        CallFailure.REFUSED,
        "the app may not do this: id, package or review state",
    ),
    # It is not documented which of these are about the channel alone. Where the app is refused,
    # each channel is.
    **rows(
        "22102 27001 66108",
        CallFailure.REFUSED,
        "the app may not do this: channel, permission or review state",
        RefusalScope.CHANNEL,
    ),
    **rows("65028", REJECTED, "there is no such message"),
}


class _Data(msgspec.Struct):
    bad_regids: str | list[str] | None = None


class _ResponseBody(msgspec.Struct):
    code: int | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


def parse(response: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Return a verdict for each registration id. Raises VendorError about the whole call.

    HTTP 200 alone does not mean success; the code does.
    """
    body = decode_json(response.body, _ResponseBody, strict=False) or _ResponseBody()
    code = f"http_{response.status}" if body.code is None else str(body.code)
    if code == OK and is_success(response.status):
        invalid_ids = _invalid_ids(body)
        invalid, valid = token_verdict(CODES[INVALID_IDS], INVALID_IDS), accepted()
        return [invalid if token.decode() in invalid_ids else valid for token in tokens]
    row = CODES.get(code)
    if row is None or code == OK:
        has_code = body.code is not None
        row = undocumented("Xiaomi", fallback_for_call(response.status, has_code=has_code))
    return [judge_call(row, code, response, now)] * len(tokens)


def _invalid_ids(body: _ResponseBody) -> frozenset[str]:
    """Return the registration ids that the response calls invalid.

    They come as a text with commas or as a JSON list.
    """
    listed = (decode_json(body.data, _Data) or _Data()).bad_regids or ""
    return frozenset(comma_separated(listed) if isinstance(listed, str) else map(str.strip, listed))
