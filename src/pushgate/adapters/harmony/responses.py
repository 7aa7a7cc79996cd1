"""Huawei's response codes on HarmonyOS, its reasons for single tokens, and the verdicts. Pure.

Source: docs/reference/vendors/harmony.md#codes
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.push_kit_codes import (
    PARTIAL,
    PUSH_KIT_CODES,
    call_code,
    message_of,
    refuses_credential,
    row_of,
)
from pushgate.adapters.response_codes import (
    INVALID,
    REJECTED,
    CallFailure,
    ResponseCode,
    accepted,
    auth_codes,
    by_token,
    judge_call,
    known_code,
    token_verdict,
    unanswered,
)
from pushgate.adapters.vendor_json import decode_json
from pushgate.domain.errors import VendorAuthError
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.results import Response

NONE_VALID = "80300007"
REASONS: Mapping[str, ResponseCode] = {
    "tokenFormatError": ResponseCode(INVALID, "the token is malformed"),
    "tokenPlatformNotSupport": ResponseCode(
        INVALID, "a token of a proxy that is not supported; the app must get a new one"
    ),
    "noRight": ResponseCode(
        REJECTED, "the token is of another project, or older than the device's move to HarmonyOS 5"
    ),
    "noPushTypeRight": ResponseCode(
        REJECTED, "the app may not send this type of push", scope=RefusalScope.CLASS
    ),
    "noRightToSendThisLiveNotificationEvent": ResponseCode(
        REJECTED, "the app may not send this live view", scope=RefusalScope.CLASS
    ),
    "notSupportPlayVoice": ResponseCode(REJECTED, "the category does not go with this type of push"),
    "differentImgVerifyPolicy": ResponseCode(REJECTED, "the image was checked for another type of push"),
    "atomicUnableSendUnsubscribedMsg": ResponseCode(
        REJECTED, "an atomic service may send subscribed messages only"
    ),
    "countryNotSupport": ResponseCode(REJECTED, "not in this region"),
    "appinfoError": ResponseCode(REJECTED, "Huawei does not know the app"),
    "disableSendHuaweiMsgBecauseOfPenalty": ResponseCode(REJECTED, "the app is penalised"),
}
"""Why a token is among the `illegalTokens`."""
APP_REASONS = frozenset(
    [
        "noRight", "noPushTypeRight", "noRightToSendThisLiveNotificationEvent", "countryNotSupport",
        "appinfoError", "disableSendHuaweiMsgBecauseOfPenalty",
    ]
)  # fmt: skip
"""Reasons that may concern the whole app, so that an operator must act.

For a few tokens the reason may be the tokens' own, as after a device's move to HarmonyOS 5. For all
tokens of a large request it is the app's.
"""
MIN_TOKENS_OF_APP_REASON = 10
"""The number of tokens from which a reason is taken to concern the app."""
CODES: Mapping[str, ResponseCode] = {
    **PUSH_KIT_CODES,
    PARTIAL: ResponseCode(
        REJECTED, "refused for a reason that is not documented, while other tokens were accepted"
    ),
    NONE_VALID: ResponseCode(REJECTED, "the push could be sent to no token of the request"),
    **REASONS,
    "80100022": ResponseCode(REJECTED, "the image was not checked beforehand"),
    "80300030": ResponseCode(REJECTED, "too many tokens for a test message"),
    "80200001": ResponseCode(CallFailure.AUTH, "the signature is not valid, or of another project"),
    "80300036": ResponseCode(CallFailure.REFUSED, "the JWT lives longer than a day"),
    "80300002": ResponseCode(CallFailure.REFUSED, "push is not enabled, or the project is wrong"),
    "80300037": ResponseCode(CallFailure.REFUSED, "the app is penalised"),
    "80300029": ResponseCode(CallFailure.THROTTLED, "too many test messages", scope=RefusalScope.CLASS),
    "http_401": ResponseCode(CallFailure.AUTH, "the signature is not valid"),
}
_AUTH = auth_codes(CODES)


class _Refused(msgspec.Struct):
    tokens_by_reason: dict[str, list[str]] = msgspec.field(name="illegalTokens")
    failure: int = 0


def parse(response: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Return a verdict for each token. Raises VendorError about the whole call."""
    code = call_code(response)
    if code in (PARTIAL, NONE_VALID) and response.status < 500:
        return _verdicts_by_reason(response, tokens, code)
    return [judge_call(row_of(CODES, code, response), code, response, now)] * len(tokens)


def refuses(response: Response) -> bool:
    """Whether the response says that the credential is not valid."""
    return refuses_credential(response, _AUTH)


def _verdicts_by_reason(response: Response, tokens: Sequence[bytes], code: str) -> list[Verdict]:
    unreadable = _Refused({}, failure=len(tokens))
    refused = decode_json(message_of(response), _Refused) or unreadable
    if refused.failure > sum(map(len, refused.tokens_by_reason.values())):
        # Without a complete list, no token is called dead.
        return [unanswered("the list of failed tokens is unreadable")] * len(tokens)
    verdicts: dict[str, Verdict] = {}
    for padded, listed in refused.tokens_by_reason.items():
        reason = known_code(padded.strip())  # a sample of Huawei's pads one with spaces
        row = REASONS.get(reason, CODES[PARTIAL])
        all_refused = code == NONE_VALID and len(listed) >= max(MIN_TOKENS_OF_APP_REASON, len(tokens))
        if all_refused and reason in APP_REASONS:
            raise VendorAuthError(reason, row.meaning, scope=row.scope)
        verdicts.update(dict.fromkeys(listed, token_verdict(row, reason)))
    rest = accepted() if code == PARTIAL else token_verdict(CODES[code], code)
    return by_token(verdicts, tokens, rest)
