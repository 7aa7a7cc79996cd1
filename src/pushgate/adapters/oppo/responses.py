"""What OPPO answers and reports (docs/reference/vendors/oppo.md#codes,
docs/reference/vendors/oppo.md#receipts): its tables of codes, and how they are read. Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.expiry import SHANGHAI, seconds_until_next_day
from pushgate.adapters.receipts import (
    ReceiptCode,
    ReceiptEvent,
    ReportedEvent,
    UnsignedReceipts,
    comma_separated,
    parse_instant,
    receipt_events,
    reported_events,
    token_events,
)
from pushgate.adapters.response_codes import (
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
from pushgate.adapters.vendor_json import decode_json, is_null, require_json
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.results import Response

ITEM_PAUSE = 60.0  # for single notifications, of what another one of the same call was taken without


CODES: Mapping[str, ResponseCode] = {  # docs/reference/vendors/oppo.md#codes
    "0": ResponseCode(Outcome.ACCEPTED, "accepted"),
    "10000": ResponseCode(INVALID, "the registration id is not valid"),
    # docs/reference/vendors/oppo.md#codes leaves open whether the terminal is lost or muted: it is kept.
    "10001": ResponseCode(
        REJECTED, "the terminal has no subscription (to a push with a picture)", muted=True
    ),
    "10004": ResponseCode(Outcome.ACCEPTED, "the terminal was named before (in a push with a picture)"),
    "32": ResponseCode(Outcome.ACCEPTED, "it was sent to this terminal before"),
    **rows("40 41", REJECTED, "an argument is missing or not valid"),
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
_AUTH = auth_codes(CODES)
RECEIPTS: Mapping[str, ReceiptCode] = {  # docs/reference/vendors/oppo.md#receipts
    "push_arrive": ReceiptCode(ReportedEvent.DELIVERED, "arrived"),
    "regid_invalid": ReceiptCode(ReportedEvent.INVALID, "uninstalled, or offline for 30 days"),
    "user_daily_limit": ReceiptCode(None, "the terminal had its share for the day"),
}
EVENTS = reported_events(RECEIPTS)


class _Receipt(msgspec.Struct, rename="camel"):
    registration_ids: str = ""
    param: str = ""
    event_type: str = ""
    event_time: str | int = ""


class OppoReceiptParser(UnsignedReceipts):
    """OPPO's callbacks (docs/reference/vendors/oppo.md#receipts). Nothing signs them but the address."""

    def parse(self, body: bytes) -> Sequence[ReceiptEvent]:
        """The events. Raises ValueError."""
        return receipt_events(require_json(body, list[msgspec.Raw]), _Receipt, _events_of)


def _events_of(receipt: _Receipt) -> list[ReceiptEvent]:
    event, at = EVENTS.get(receipt.event_type), _when(receipt.event_time)
    return token_events(event, receipt.param, comma_separated(receipt.registration_ids), at)


def _when(told: str | int) -> datetime | None:
    """The form is not documented: milliseconds, or a time of day in China."""
    text = str(told).strip()
    if text.isdecimal() and len(text) <= 18:
        return parse_instant(int(text))
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class _Item(msgspec.Struct, rename="camel"):
    registration_id: str = ""
    error_code: str | int | None = None


class _Reply(msgspec.Struct):
    code: int | str | None = None
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Saved(msgspec.Struct):
    message_id: str = ""


def parse(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What OPPO said of these tokens (docs/reference/vendors/oppo.md#codes), one verdict each.
    Raises VendorError about the whole call.
    """
    code = _code(answer)
    if code == "0":
        return _by_item(answer, tokens, now)
    return same_for_all(_of_call(answer, code, now, len(tokens)), len(tokens))


def parse_broadcast(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """The same, of content that was saved before."""
    code = _code(answer)
    if code == "0":
        return _by_code(answer, tokens, now)
    return same_for_all(_of_call(answer, code, now, len(tokens)), len(tokens))


def read_saved(answer: Response, now: datetime) -> str | Verdict:
    """The id of content that was saved, '' where there is none, or why it is taken for nobody. Raises VendorError."""
    code = _code(answer)
    if code != "0":
        return _of_call(answer, code, now, 1)
    return (decode_json(_reply(answer).data, _Saved) or _Saved()).message_id


def _of_call(answer: Response, code: str, now: datetime, count: int) -> Verdict:
    row = CODES.get(code)
    if code == "41" and count == 1 and "registration_id" in (_reply(answer).message or ""):
        row = ResponseCode(INVALID, "the registration id is not valid, as some clients saw it")
    elif row is None or (row.effect is Outcome.ACCEPTED and count > 1):
        # Of one terminal a duplicate means that it has it; of many, nobody knows which.
        row = undocumented("OPPO", fallback_for_call(answer.status, has_code=not code.startswith("http")))
    return judge_call(row, code, answer, now)


def _by_item(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    items = _items(answer)
    if items is None:
        return [unanswered("the list of outcomes is unreadable")] * len(tokens)
    codes = {
        item.registration_id: str(item.error_code)
        for item in items
        if item.error_code not in (None, 0, "", "0")
    }
    verdicts = {token: _of_item(known_code(code), now) for token, code in codes.items()}
    return by_token(verdicts, tokens, accepted())


def _items(answer: Response) -> list[_Item] | None:
    """The outcomes by notification, None where they cannot be read."""
    data = _reply(answer).data
    return [] if is_null(data) else decode_json(data, list[_Item])


def _by_code(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Those that were not taken are listed, by code."""
    told = _reply(answer).data
    data = {} if is_null(told) else decode_json(told, dict[str, object])
    if data is None:
        return [unanswered("the lists of outcomes are unreadable")] * len(tokens)
    verdicts = {
        token: _of_item(known_code(code), now)
        for code, listed in data.items()
        if code.isdecimal() and isinstance(listed, list)
        for token in listed
        if isinstance(token, str)
    }
    return by_token(verdicts, tokens, accepted())


def _of_item(code: str, now: datetime) -> Verdict:
    rule = CODES.get(code, ResponseCode(REJECTED, "a code that is not in OPPO's documents"))
    if isinstance(rule.effect, Outcome):
        return token_verdict(rule, code)
    # What would be said of a call is here said of one notification among others that were taken.
    pause = seconds_until_next_day(now) if rule.effect is CallFailure.DAY_QUOTA else ITEM_PAUSE
    return Verdict(RETRY, code, rule.meaning, pause)


def refuses(answer: Response) -> bool:
    """Whether the access token does not hold."""
    return _code(answer) in _AUTH


def _code(answer: Response) -> str:
    """What is said of the whole call; that includes what is said of every notification in it alike."""
    told = _reply(answer).code
    if told is None or not is_success(answer.status):
        return f"http_{answer.status}"
    if str(told) == "0" and (items := _items(answer)):
        codes = {str(item.error_code) for item in items}
        (code,) = codes if len(codes) == 1 else ("0",)
        if (rule := CODES.get(code)) and isinstance(rule.effect, CallFailure):
            return code
    return known_code(str(told))


def _reply(answer: Response) -> _Reply:
    return decode_json(answer.body, _Reply) or _Reply()
