"""What vivo answers and reports (docs/reference/vendors/vivo.md#codes,
docs/reference/vendors/vivo.md#receipts): its tables of codes, and how they are read. Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pushgate.adapters.contract import Verdict
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
    undocumented,
)
from pushgate.adapters.vendor_json import decode_json, require_json
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.results import Response

CODES: Mapping[
    str, ResponseCode
] = {  # docs/reference/vendors/vivo.md#codes; `user_...` are the states of single terminals
    "0": ResponseCode(Outcome.ACCEPTED, "accepted"),
    "10302": ResponseCode(INVALID, "the registration id is not valid"),
    "user_1": ResponseCode(INVALID, "the registration id is not known"),
    "user_2": ResponseCode(INVALID, "the app was uninstalled, or the user has unsubscribed"),
    "user_4": ResponseCode(REJECTED, "not a test device, and the app is in test mode"),
    "10000": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "10072": ResponseCode(CallFailure.THROTTLED, "too many requests"),
    "10093": ResponseCode(CallFailure.THROTTLED, "too many logins"),
    "10070": ResponseCode(CallFailure.DAY_QUOTA, "the day's quota is used up", scope=RefusalScope.CLASS),
    "10252": ResponseCode(
        CallFailure.DAY_QUOTA, "the day's quota of lists is used up", scope=RefusalScope.CALL
    ),
    "10254": ResponseCode(
        CallFailure.DAY_QUOTA, "the day's quota of pushes to everybody is used up", scope=RefusalScope.CALL
    ),
    "10045": ResponseCode(CallFailure.REFUSED, "the app is under review: test mode only"),
    "10094": ResponseCode(CallFailure.REFUSED, "the app id is not the access token's"),
    **rows("10096 10097", REJECTED, "the category is not valid, or contradicts the classification"),
    **rows(
        f"{' '.join(map(str, range(10050, 10070)))} 10071 10101 10103",
        REJECTED,
        "the request is not valid: a field, the hours when such pushes may go, or its content",
    ),
    "10102": ResponseCode(CallFailure.UNAVAILABLE, "vivo has an internal error"),
}
_AUTH = auth_codes(CODES)
RECEIPTS: Mapping[str, ReceiptCode] = {
    "0": ReceiptCode(ReportedEvent.DELIVERED, "arrived")
}  # docs/reference/vendors/vivo.md#receipts: ackType
EVENTS = reported_events(RECEIPTS)


class _Receipt(msgspec.Struct, rename="camel"):
    targets: str = ""
    param: str = ""
    ack_type: str = ""
    ack_time: object = None


class VivoReceiptParser(UnsignedReceipts):
    """vivo's callbacks of the old style (docs/reference/vendors/vivo.md#receipts). Nothing signs them but the address."""

    def parse(self, body: bytes) -> Sequence[ReceiptEvent]:
        """The events. Raises ValueError."""
        return receipt_events(require_json(body, dict[str, msgspec.Raw]).values(), _Receipt, _events_of)


def _events_of(receipt: _Receipt) -> list[ReceiptEvent]:
    event, at = EVENTS.get(receipt.ack_type), parse_instant(receipt.ack_time)
    return token_events(event, receipt.param, comma_separated(receipt.targets), at)


class _User(msgspec.Struct):
    userid: str = ""
    status: int = 0


class _Reply(msgspec.Struct, rename="camel"):
    result: int | str | None = None
    task_id: str | int | None = None
    invalid_user: _User | None = None
    invalid_users: list[_User] | None = None


def parse(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What vivo said of these tokens (docs/reference/vendors/vivo.md#codes), one verdict each.
    Raises VendorError about the whole call.
    """
    reply, code = _reply(answer), _code(answer)
    if code == "0":
        users = [*(reply.invalid_users or ()), *([reply.invalid_user] if reply.invalid_user else [])]
        verdicts = {user.userid: _of_user(user.status) for user in users}
        return by_token(verdicts, tokens, accepted())
    row = CODES.get(code)
    if row is None:
        has_code = not code.startswith("http")
        row = undocumented("vivo", fallback_for_call(answer.status, has_code=has_code))
    return same_for_all(judge_call(row, code, answer, now), len(tokens))


def _of_user(status: int) -> Verdict:
    code = f"user_{status}"
    rule = CODES.get(code, ResponseCode(REJECTED, "a state that is not in vivo's documents"))
    return token_verdict(rule, code)


def refuses(answer: Response) -> bool:
    """Whether the access token does not hold."""
    return _code(answer) in _AUTH


def _code(answer: Response) -> str:
    code = _reply(answer).result
    return (
        known_code(str(code)) if code is not None and is_success(answer.status) else f"http_{answer.status}"
    )


def _reply(answer: Response) -> _Reply:
    return decode_json(answer.body, _Reply, strict=False) or _Reply()


def read_task(answer: Response, now: datetime) -> str | Verdict:
    """The id of content that was saved, '' where there is none, or why it is taken for nobody. Raises VendorError."""
    if _code(answer) == "0":
        return str(_reply(answer).task_id or "")
    (verdict,) = parse(answer, [b""], now)
    return verdict
