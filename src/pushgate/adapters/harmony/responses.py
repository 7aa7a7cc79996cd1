"""What Huawei answers and reports for HarmonyOS (docs/reference/vendors/harmony.md#codes,
docs/reference/vendors/harmony.md#receipts): its tables of codes, and how they are read. Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pushgate.adapters import recall
from pushgate.adapters.contract import CallFailure, ReceiptCode, ReportedEvent, ResponseCode, Verdict
from pushgate.adapters.receipts import events
from pushgate.adapters.rules import (
    accepted,
    at_status,
    decoded,
    fallback_outcome,
    judge,
    known_code,
    succeeded,
    unanswered,
)
from pushgate.domain.errors import VendorAuthError
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.exchange import Response

FLOW_PAUSE = 2.0  # docs/reference/vendors/index.md#pauses

_INVALID, _REJECTED = Outcome.INVALID, Outcome.REJECTED
OK, PARTIAL, NONE_VALID = "80000000", "80100000", "80300007"
# docs/reference/vendors/harmony.md#codes: why a token is among illegalTokens
REASONS: Mapping[str, ResponseCode] = {
    "tokenFormatError": ResponseCode(_INVALID, "the token is malformed"),
    "tokenPlatformNotSupport": ResponseCode(
        _INVALID, "a token of a proxy that is not supported; the app must get a new one"
    ),
    "noRight": ResponseCode(
        _REJECTED, "the token is of another project, or older than the device's move to HarmonyOS 5"
    ),
    "noPushTypeRight": ResponseCode(
        _REJECTED, "the app may not send this type of push", scope=RefusalScope.CLASS
    ),
    "noRightToSendThisLiveNotificationEvent": ResponseCode(
        _REJECTED, "the app may not send this live view", scope=RefusalScope.CLASS
    ),
    "notSupportPlayVoice": ResponseCode(_REJECTED, "the category does not go with this type of push"),
    "differentImgVerifyPolicy": ResponseCode(_REJECTED, "the image was checked for another type of push"),
    "atomicUnableSendUnsubscribedMsg": ResponseCode(
        _REJECTED, "an atomic service may send subscribed messages only"
    ),
    "countryNotSupport": ResponseCode(_REJECTED, "not in this region"),
    "appinfoError": ResponseCode(_REJECTED, "Huawei does not know the app"),
    "disableSendHuaweiMsgBecauseOfPenalty": ResponseCode(_REJECTED, "the app is penalised"),
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
    OK: ResponseCode(Outcome.ACCEPTED, "accepted"),
    PARTIAL: ResponseCode(
        _REJECTED, "refused among others that were accepted, for a reason that is not documented"
    ),
    NONE_VALID: ResponseCode(_REJECTED, "no token of the request could be sent to"),
    **REASONS,
    "80100001": ResponseCode(_REJECTED, "a parameter is not valid"),
    "80100003": ResponseCode(_REJECTED, "the structure of the message is not valid"),
    "80100004": ResponseCode(_REJECTED, "the ttl is not valid"),
    "80100022": ResponseCode(_REJECTED, "the image was not checked beforehand"),
    "80300008": ResponseCode(_REJECTED, "the message is larger than 4,096 bytes"),
    "80300010": ResponseCode(_REJECTED, "too many tokens in one request"),
    "80300030": ResponseCode(_REJECTED, "too many tokens for a test message"),
    "80200001": ResponseCode(CallFailure.AUTH, "the signature is not valid, or of another project"),
    "80200005": ResponseCode(CallFailure.AUTH, "the JWT has expired"),
    "80300036": ResponseCode(CallFailure.REFUSED, "the JWT lives longer than a day"),
    **recall.CODES,
    "80300002": ResponseCode(CallFailure.REFUSED, "push is not enabled, or the project is wrong"),
    "80300037": ResponseCode(CallFailure.REFUSED, "the app is penalised"),
    "80300029": ResponseCode(CallFailure.THROTTLED, "too many test messages", scope=RefusalScope.CLASS),
    "81000001": ResponseCode(CallFailure.UNAVAILABLE, "Huawei has an internal error"),
    "http_401": ResponseCode(CallFailure.AUTH, "the signature is not valid"),
    "http_403": ResponseCode(CallFailure.REFUSED, "the app may not do this"),
    "http_404": ResponseCode(CallFailure.REFUSED, "the address is wrong"),
    "http_503": ResponseCode(CallFailure.THROTTLED, "Huawei asks for fewer requests"),
}
_SUCCESS = frozenset([OK, PARTIAL])
_AUTH = frozenset(code for code, rule in CODES.items() if rule.says is CallFailure.AUTH)
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
EVENTS = events(RECEIPTS)


class _Reply(msgspec.Struct):
    code: str | int | None = None
    msg: str | None = None


class _Refused(msgspec.Struct):
    illegal: dict[str, list[str]] = msgspec.field(name="illegalTokens")
    failure: int = 0


def parse(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What Huawei said of these tokens (docs/reference/vendors/harmony.md#codes), one verdict each.
    Raises VendorError about the whole call.
    """
    code = "http_503" if answer.status == 503 else _code(answer)
    if code in (PARTIAL, NONE_VALID) and answer.status < 500:
        return _by_reason(answer, tokens, code)
    rule = CODES.get(code) or ResponseCode(
        fallback_outcome(answer.status), "an answer that is not in Huawei's documents"
    )
    rule = at_status(rule, answer.status)
    pause = answer.retry_after(now) or (FLOW_PAUSE if rule.says is CallFailure.THROTTLED else None)
    return [judge(rule, code, now, pause)] * len(tokens)


def _by_reason(answer: Response, tokens: Sequence[bytes], code: str) -> list[Verdict]:
    told = decoded(_reply(answer).msg or "", _Refused) or _Refused({}, failure=len(tokens))
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
        assert isinstance(rule.says, Outcome)
        verdicts.update(dict.fromkeys(some, Verdict(rule.says, reason, rule.meaning)))
    rest = accepted() if code == PARTIAL else Verdict(_REJECTED, code, CODES[code].meaning)
    return [verdicts.get(token.decode(), rest) for token in tokens]


def refuses(answer: Response) -> bool:
    """Whether the JWT does not hold."""
    return answer.status == 401 or _code(answer) in _AUTH


def _code(answer: Response) -> str:
    code = str(_reply(answer).code or "")
    # Success comes with a status of success and nothing else
    # (docs/reference/vendors/index.md#status-codes, docs/reference/vendors/huawei.md#codes).
    return (
        known_code(code)
        if code and (succeeded(answer.status) or code not in _SUCCESS)
        else f"http_{answer.status}"
    )


def _reply(answer: Response) -> _Reply:
    return decoded(answer.body, _Reply) or _Reply()
