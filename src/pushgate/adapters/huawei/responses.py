"""Huawei's response codes on Android, and the verdicts that follow from a response. Pure.

Sources: docs/reference/vendors/huawei.md#codes, docs/reference/vendors/huawei.md#recall
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pushgate.adapters.contract import Verdict
from pushgate.adapters.push_kit_codes import (
    PARTIAL,
    PUSH_KIT_CODES,
    call_code,
    illegal_tokens,
    message_of,
    refuses_credential,
    row_of,
)
from pushgate.adapters.response_codes import (
    INVALID,
    REJECTED,
    RETRY,
    CallFailure,
    ResponseCode,
    accepted,
    auth_codes,
    judge_call,
    token_verdict,
    unanswered,
)
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.results import Response

CODES: Mapping[str, ResponseCode] = {
    **PUSH_KIT_CODES,
    # A partial success: the code is about the tokens that it lists, and the others are accepted.
    PARTIAL: ResponseCode(INVALID, "the token is not valid"),
    "80300007": ResponseCode(INVALID, "no token is valid, or the app and the tokens do not match"),
    "80100002": ResponseCode(REJECTED, "the number of tokens is not valid"),
    "80100013": ResponseCode(REJECTED, "the collapse key is not valid"),
    "80100016": ResponseCode(REJECTED, "the content is sensitive"),
    # About pushes to topics, which other senders of the app make.
    "80100017": ResponseCode(RETRY, "too many topic tasks at once"),
    "80100018": ResponseCode(REJECTED, "the signature of the content's audit does not match"),
    "80200001": ResponseCode(CallFailure.AUTH, "the access token is not valid, or another app's"),
    "80200003": ResponseCode(CallFailure.AUTH, "the access token has expired"),
    "80300002": ResponseCode(CallFailure.REFUSED, "the app may not push"),
    "80300011": ResponseCode(
        CallFailure.REFUSED, "the app may not send with high priority", scope=RefusalScope.CLASS
    ),
    "80300013": ResponseCode(
        CallFailure.REFUSED, "the receipt address or its certificate is not valid", scope=RefusalScope.RECEIPT
    ),
    "80600003": ResponseCode(CallFailure.UNAVAILABLE, "Huawei's OAuth service fails"),
    "http_401": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
}
_AUTH = auth_codes(CODES)


def parse(response: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Return a verdict for each token. Raises VendorError about the whole call."""
    code = call_code(response)
    if code == PARTIAL:
        return _verdicts_of_partial_success(response, tokens)
    return [judge_call(row_of(CODES, code, response), code, response, now)] * len(tokens)


def refuses(response: Response) -> bool:
    """Whether the response says that the credential is not valid."""
    return refuses_credential(response, _AUTH)


def _verdicts_of_partial_success(response: Response, tokens: Sequence[bytes]) -> list[Verdict]:
    refused = illegal_tokens(message_of(response))
    if refused is None:
        # Without a complete list, no token is called dead.
        return [unanswered("the list of failed tokens is unreadable")] * len(tokens)
    dead, sent = token_verdict(CODES[PARTIAL], PARTIAL), accepted()
    return [dead if token.decode() in refused else sent for token in tokens]
