"""Response codes of Huawei Push Kit, on Android and on HarmonyOS, and how they are read. Pure.

Sources: docs/reference/vendors/huawei.md#codes, docs/reference/vendors/harmony.md#codes
"""

from collections.abc import Mapping

import msgspec

from pushgate.adapters.response_codes import (
    ACCEPTED,
    REJECTED,
    CallFailure,
    ResponseCode,
    fallback_outcome,
    is_success,
    known_code,
    undocumented,
)
from pushgate.adapters.vendor_json import decode_json
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.results import Response

OK, PARTIAL = "80000000", "80100000"
RECALL_CODES: Mapping[str, ResponseCode] = {
    "80100020": ResponseCode(REJECTED, "a parameter of the recall is not valid"),
    "80300017": ResponseCode(REJECTED, "tokens of several apps in one recall"),
    "80300028": ResponseCode(REJECTED, "the tokens are another app's"),
    "80300032": ResponseCode(
        CallFailure.REFUSED, "the app may not take pushes back", scope=RefusalScope.CALL
    ),
    "80000001": ResponseCode(CallFailure.UNAVAILABLE, "Huawei has an internal error"),
}
PUSH_KIT_CODES: Mapping[str, ResponseCode] = {
    OK: ResponseCode(ACCEPTED, "accepted"),
    "80100001": ResponseCode(REJECTED, "a parameter is not valid"),
    "80100003": ResponseCode(REJECTED, "the structure of the message is not valid"),
    "80100004": ResponseCode(REJECTED, "the ttl is not valid"),
    "80300008": ResponseCode(REJECTED, "the message is larger than 4,096 bytes"),
    "80300010": ResponseCode(REJECTED, "too many tokens in one request"),
    "80200005": ResponseCode(CallFailure.AUTH, "the JWT has expired"),
    **RECALL_CODES,
    "81000001": ResponseCode(CallFailure.UNAVAILABLE, "Huawei has an internal error"),
    "http_403": ResponseCode(CallFailure.REFUSED, "the app may not do this"),
    "http_404": ResponseCode(CallFailure.REFUSED, "the address is wrong"),
    "http_503": ResponseCode(CallFailure.THROTTLED, "Huawei asks for fewer requests"),
}
_SUCCESS = frozenset([OK, PARTIAL])


class _ResponseBody(msgspec.Struct):
    code: str | int | None = None
    msg: str | None = None


class _Partial(msgspec.Struct):
    illegal_tokens: list[str]
    failure: int = 0


def response_code(response: Response) -> str:
    """Return the code of a response, `http_<status>` where it has none."""
    code = str(_read_body(response).code or "")
    # A code of success counts only with an HTTP status of success.
    if code and (is_success(response.status) or code not in _SUCCESS):
        return known_code(code)
    return f"http_{response.status}"


def call_code(response: Response) -> str:
    """Return the code by which the call is judged.

    A 503 asks for fewer requests, whatever its body says.
    """
    return "http_503" if response.status == 503 else response_code(response)


def message_of(response: Response) -> str:
    """Return the text of a response, which is itself JSON after a partial success."""
    return _read_body(response).msg or ""


def refuses_credential(response: Response, auth: frozenset[str]) -> bool:
    """Whether the response has one of the codes in `auth`, which refuse the credential."""
    return response.status == 401 or response_code(response) in auth


def row_of(codes: Mapping[str, ResponseCode], code: str, response: Response) -> ResponseCode:
    """Return the row of a code; for an undocumented code, the row that follows from the HTTP
    status.
    """
    return codes.get(code) or undocumented("Huawei", fallback_outcome(response.status))


def illegal_tokens(message: str) -> frozenset[str] | None:
    """Return the tokens that a partial success refused; None where the list is not complete."""
    partial = decode_json(message, _Partial)
    if partial is None or partial.failure > len(partial.illegal_tokens):
        return None
    return frozenset(partial.illegal_tokens)


def _read_body(response: Response) -> _ResponseBody:
    return decode_json(response.body, _ResponseBody) or _ResponseBody()
