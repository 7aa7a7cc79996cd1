"""What Huawei answers and reports for HarmonyOS (docs/reference/vendors/harmony.md#codes,
docs/reference/vendors/harmony.md#receipts): its tables of codes, and how they are read. Pure.
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
from pushgate.adapters.receipts import ReceiptCode, ReportedEvent, reported_events
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
REASONS: Mapping[
    str, ResponseCode
] = {  # docs/reference/vendors/harmony.md#codes: why a token is among illegalTokens
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
OF_THE_APP = frozenset(
    [
        "noRight", "noPushTypeRight", "noRightToSendThisLiveNotificationEvent", "countryNotSupport", "appinfoError",
        "disableSendHuaweiMsgBecauseOfPenalty",
    ]
)  # fmt: skip
"""Reasons that an operator may have to put right (docs/reference/vendors/harmony.md#codes). Said of
a few tokens they may be those tokens' own, as of a device that moved to HarmonyOS 5; said of all of
many they are the app's.
"""
MANY = 10
CODES: Mapping[str, ResponseCode] = {  # docs/reference/vendors/harmony.md#codes
    **PUSH_KIT_CODES,
    PARTIAL: ResponseCode(
        REJECTED, "refused among others that were accepted, for a reason that is not documented"
    ),
    NONE_VALID: ResponseCode(REJECTED, "no token of the request could be sent to"),
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
RECEIPTS: Mapping[str, ReceiptCode] = {  # docs/reference/vendors/harmony.md#receipts
    "0": ReceiptCode(ReportedEvent.DELIVERED, "arrived"),
    "2": ReceiptCode(ReportedEvent.INVALID, "the app was uninstalled"),
    "5": ReceiptCode(ReportedEvent.INVALID, "the app's data was cleared, or the token deleted"),
    "6": ReceiptCode(ReportedEvent.MUTED, "notifications are turned off, or it is a minor's device"),
    "10": ReceiptCode(None, "the device was not active for 30 days"),
    "14": ReceiptCode(None, "lost on the network, or otherwise"),
    "15": ReceiptCode(None, "replaced, or too much waited for the device"),
    "22": ReceiptCode(None, "another user is logged in"),
    "27": ReceiptCode(None, "the app does not run; it waits"),
    "31": ReceiptCode(None, "the app's version or page does not go with it"),
    "51": ReceiptCode(None, "the device was not unlocked since it started; it waits"),
    "102": ReceiptCode(None, "the device had too many on this day"),
    "144": ReceiptCode(None, "there is no such profile"),
    "151": ReceiptCode(None, "not shown, or there is no such card"),
    **dict.fromkeys(
        ["155", "156", "158", "265", "268", "269"], ReceiptCode(None, "of a live view, which did not take it")
    ),
    "188": ReceiptCode(None, "the app could not be started"),
    "191": ReceiptCode(None, "the badge could not be set"),
    "256": ReceiptCode(None, "too many in this scene"),
    "259": ReceiptCode(None, "its content or address is refused"),
    **dict.fromkeys(
        ["261", "262"],
        ReceiptCode(None, "the card is not known, or was renewed too often: send it no more for now"),
    ),
    "264": ReceiptCode(None, "nobody has subscribed to it"),
}
EVENTS = reported_events(RECEIPTS)


class _Refused(msgspec.Struct):
    illegal: dict[str, list[str]] = msgspec.field(name="illegalTokens")
    failure: int = 0


def parse(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What Huawei said of these tokens (docs/reference/vendors/harmony.md#codes), one verdict each. Raises VendorError about the whole call."""
    code = call_code(answer)
    if code in (PARTIAL, NONE_VALID) and answer.status < 500:
        return _by_reason(answer, tokens, code)
    return [judge_call(row_of(CODES, code, answer), code, answer, now)] * len(tokens)


def _by_reason(answer: Response, tokens: Sequence[bytes], code: str) -> list[Verdict]:
    told = decode_json(message_of(answer), _Refused) or _Refused({}, failure=len(tokens))
    refused = told.illegal
    if told.failure > sum(map(len, refused.values())):
        # Without a whole list nobody is called dead.
        return [unanswered("the list of failed tokens is unreadable")] * len(tokens)
    verdicts: dict[str, Verdict] = {}
    for padded, some in refused.items():
        reason = known_code(padded.strip())  # an official sample pads one with spaces
        rule = REASONS.get(reason, CODES[PARTIAL])
        if code == NONE_VALID and reason in OF_THE_APP and len(some) >= max(MANY, len(tokens)):
            raise VendorAuthError(reason, rule.meaning, scope=rule.scope)
        verdicts.update(dict.fromkeys(some, token_verdict(rule, reason)))
    rest = accepted() if code == PARTIAL else token_verdict(CODES[code], code)
    return by_token(verdicts, tokens, rest)


def refuses(answer: Response) -> bool:
    """Whether the JWT does not hold."""
    return refuses_credential(answer, _AUTH)
