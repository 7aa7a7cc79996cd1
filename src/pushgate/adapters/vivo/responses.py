"""vivo's response codes, and the verdicts that follow from a response. Pure.

Source: docs/reference/vendors/vivo.md#codes
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.response_codes import (
    ACCEPTED,
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
from pushgate.adapters.vendor_json import decode_json
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.results import Response

OK = "0"
CODES: Mapping[str, ResponseCode] = {
    OK: ResponseCode(ACCEPTED, "accepted"),
    "10302": ResponseCode(INVALID, "the registration id is not valid"),
    # The states of single users have no code of vivo's: these names are Pushgate's.
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
_AUTH_CODES = auth_codes(CODES)


class _User(msgspec.Struct):
    userid: str = ""
    status: int = 0


class _ResponseBody(msgspec.Struct, rename="camel"):
    result: int | str | None = None
    task_id: str | int | None = None
    invalid_user: _User | None = None
    invalid_users: list[_User] | None = None


def parse(response: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Return a verdict for each token. Raises VendorError about the whole call."""
    body, code = _read_body(response), _code_of(response)
    if code == OK:
        users = [*(body.invalid_users or ()), *([body.invalid_user] if body.invalid_user else [])]
        verdicts = {user.userid: _user_verdict(user.status) for user in users}
        return by_token(verdicts, tokens, accepted())
    row = CODES.get(code)
    if row is None:
        has_code = not code.startswith("http")
        row = undocumented("vivo", fallback_for_call(response.status, has_code=has_code))
    return same_for_all(judge_call(row, code, response, now), len(tokens))


def parse_saved(response: Response, now: datetime) -> str | Verdict:
    """Return the task id of saved content, '' for none, or the verdict that vivo did not save it.

    Raises VendorError.
    """
    if _code_of(response) == OK:
        return str(_read_body(response).task_id or "")
    (verdict,) = parse(response, [b""], now)
    return verdict


def refuses(response: Response) -> bool:
    """Whether the access token is not valid (any more)."""
    return _code_of(response) in _AUTH_CODES


def _user_verdict(status: int) -> Verdict:
    code = f"user_{status}"
    row = CODES.get(code, ResponseCode(REJECTED, "a state that is not in vivo's documents"))
    return token_verdict(row, code)


def _code_of(response: Response) -> str:
    code = _read_body(response).result
    if code is None or not is_success(response.status):
        return f"http_{response.status}"
    return known_code(str(code))


def _read_body(response: Response) -> _ResponseBody:
    return decode_json(response.body, _ResponseBody, strict=False) or _ResponseBody()
