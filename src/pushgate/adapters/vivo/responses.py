"""What vivo answers and reports (docs/reference/vendors/vivo.md#codes,
docs/reference/vendors/vivo.md#receipts): its tables of codes, and how they are read. Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pushgate.adapters.contract import (
    CallFailure,
    ReceiptCode,
    ReceiptEvent,
    ReportedEvent,
    ResponseCode,
    Verdict,
)
from pushgate.adapters.receipts import events, instant, read
from pushgate.adapters.rules import accepted, decoded, fallback_outcome, judge, known_code, of_list, succeeded
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.exchange import Response

FLOW_PAUSE = 2.0  # docs/reference/vendors/index.md#pauses

_INVALID, _REJECTED, _RETRY = Outcome.INVALID, Outcome.REJECTED, Outcome.RETRY


def _rows(codes: str, says: Outcome | CallFailure, meaning: str) -> dict[str, ResponseCode]:
    return dict.fromkeys(codes.split(), ResponseCode(says, meaning))


# docs/reference/vendors/vivo.md#codes; `user_...` are the states of single terminals
CODES: Mapping[str, ResponseCode] = {
    "0": ResponseCode(Outcome.ACCEPTED, "accepted"),
    "10302": ResponseCode(_INVALID, "the registration id is not valid"),
    "user_1": ResponseCode(_INVALID, "the registration id is not known"),
    "user_2": ResponseCode(_INVALID, "the app was uninstalled, or the user has unsubscribed"),
    "user_4": ResponseCode(_REJECTED, "not a test device, and the app is in test mode"),
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
    **_rows("10096 10097", _REJECTED, "the category is not valid, or contradicts the classification"),
    **_rows(
        f"{' '.join(map(str, range(10050, 10070)))} 10071 10101 10103",
        _REJECTED,
        "the request is not valid: a field, the hours when such pushes may go, or its content",
    ),
    "10102": ResponseCode(CallFailure.UNAVAILABLE, "vivo has an internal error"),
}
_AUTH = frozenset(code for code, rule in CODES.items() if rule.says is CallFailure.AUTH)
RECEIPTS: Mapping[str, ReceiptCode] = {
    "0": ReceiptCode(ReportedEvent.DELIVERED, "arrived")
}  # docs/reference/vendors/vivo.md#receipts: ackType
EVENTS = events(RECEIPTS)


class _Receipt(msgspec.Struct, rename="camel"):
    targets: str = ""
    param: str = ""
    ack_type: str = ""
    ack_time: object = None


class VivoReceiptParser:
    """vivo's callbacks of the old style (docs/reference/vendors/vivo.md#receipts). Nothing signs
    them but the address.
    """

    answer = b"{}"

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """There is nothing to check."""
        return None

    def read(self, body: bytes) -> Sequence[ReceiptEvent]:
        """The events. Raises ValueError."""
        found: list[ReceiptEvent] = []
        for raw in read(body, dict[str, msgspec.Raw]).values():
            try:
                receipt = read(raw, _Receipt)
            except ValueError:
                continue  # one that cannot be read must not hide the others
            event = EVENTS.get(receipt.ack_type)
            if event and receipt.param:
                tokens = filter(None, (token.strip() for token in receipt.targets.split(",")))
                found += [
                    ReceiptEvent(event, receipt.param, token, instant(receipt.ack_time)) for token in tokens
                ]
        return found


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
        good = accepted()
        return [verdicts.get(token.decode(), good) for token in tokens]
    rule = CODES.get(code)
    if rule is None:
        rule = ResponseCode(_unlisted(answer, code), "an answer that is not in vivo's documents")
    pause = answer.retry_after(now) or (FLOW_PAUSE if rule.says is CallFailure.THROTTLED else None)
    return of_list(judge(rule, code, now, pause), len(tokens))


def _unlisted(answer: Response, code: str) -> Outcome | CallFailure:
    if answer.status in (401, 403, 404):
        return CallFailure.REFUSED
    return (
        _REJECTED
        if succeeded(answer.status) and not code.startswith("http")
        else fallback_outcome(answer.status)
    )


def _of_user(status: int) -> Verdict:
    code = f"user_{status}"
    rule = CODES.get(code, ResponseCode(_REJECTED, "a state that is not in vivo's documents"))
    assert isinstance(rule.says, Outcome)
    return Verdict(rule.says, code, rule.meaning)


def refuses(answer: Response) -> bool:
    """Whether the access token does not hold."""
    return _code(answer) in _AUTH


def _code(answer: Response) -> str:
    code = _reply(answer).result
    return known_code(str(code)) if code is not None and succeeded(answer.status) else f"http_{answer.status}"


def _reply(answer: Response) -> _Reply:
    return decoded(answer.body, _Reply, strict=False) or _Reply()


def read_task(answer: Response, now: datetime) -> str | Verdict:
    """The id of content that was saved, '' where there is none, or why it is taken for nobody. Raises VendorError."""
    if _code(answer) == "0":
        return str(_reply(answer).task_id or "")
    (verdict,) = parse(answer, [b""], now)
    return verdict
