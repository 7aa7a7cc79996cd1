"""What Huawei answers and reports for HarmonyOS (VENDORS 5.3, 5.6): its tables of codes, and how they are read. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pushgate.adapters import revoking
from pushgate.adapters.contract import (
    Call,
    Event,
    Rule,
    Told,
    Verdict,
)
from pushgate.adapters.receipts import events
from pushgate.adapters.rules import (
    accepted,
    at_status,
    decoded,
    judge,
    known_code,
    succeeded,
    unanswered,
    unlisted,
)
from pushgate.errors import VendorRefused
from pushgate.http2.exchange import Answer
from pushgate.model import Outcome, RefusalScope

FLOW_PAUSE = 2.0  # VENDORS 12.3

_INVALID, _REJECTED = Outcome.INVALID, Outcome.REJECTED
OK, PARTIAL, NONE_VALID = "80000000", "80100000", "80300007"
REASONS: Mapping[str, Rule] = {  # VENDORS 5.3: why a token is among illegalTokens
    "tokenFormatError": Rule(_INVALID, "the token is malformed"),
    "tokenPlatformNotSupport": Rule(
        _INVALID, "a token of a proxy that is not supported; the app must get a new one"
    ),
    "noRight": Rule(
        _REJECTED, "the token is of another project, or older than the device's move to HarmonyOS 5"
    ),
    "noPushTypeRight": Rule(_REJECTED, "the app may not send this type of push", scope=RefusalScope.CLASS),
    "noRightToSendThisLiveNotificationEvent": Rule(
        _REJECTED, "the app may not send this live view", scope=RefusalScope.CLASS
    ),
    "notSupportPlayVoice": Rule(_REJECTED, "the category does not go with this type of push"),
    "differentImgVerifyPolicy": Rule(_REJECTED, "the image was checked for another type of push"),
    "atomicUnableSendUnsubscribedMsg": Rule(_REJECTED, "an atomic service may send subscribed messages only"),
    "countryNotSupport": Rule(_REJECTED, "not in this region"),
    "appinfoError": Rule(_REJECTED, "Huawei does not know the app"),
    "disableSendHuaweiMsgBecauseOfPenalty": Rule(_REJECTED, "the app is penalised"),
}
OF_THE_APP = frozenset(
    [
        "noRight", "noPushTypeRight", "noRightToSendThisLiveNotificationEvent", "countryNotSupport", "appinfoError",
        "disableSendHuaweiMsgBecauseOfPenalty",
    ]
)  # fmt: skip
"""Reasons that an operator may have to put right (VENDORS 5.3). Said of a few tokens they may be those tokens' own, as of a
device that moved to HarmonyOS 5; said of all of many they are the app's."""
MANY = 10
CODES: Mapping[str, Rule] = {  # VENDORS 5.3
    OK: Rule(Outcome.ACCEPTED, "accepted"),
    PARTIAL: Rule(_REJECTED, "refused among others that were accepted, for a reason that is not documented"),
    NONE_VALID: Rule(_REJECTED, "no token of the request could be sent to"),
    **REASONS,
    "80100001": Rule(_REJECTED, "a parameter is not valid"),
    "80100003": Rule(_REJECTED, "the structure of the message is not valid"),
    "80100004": Rule(_REJECTED, "the ttl is not valid"),
    "80100022": Rule(_REJECTED, "the image was not checked beforehand"),
    "80300008": Rule(_REJECTED, "the message is larger than 4,096 bytes"),
    "80300010": Rule(_REJECTED, "too many tokens in one request"),
    "80300030": Rule(_REJECTED, "too many tokens for a test message"),
    "80200001": Rule(Call.AUTH, "the signature is not valid, or of another project"),
    "80200005": Rule(Call.AUTH, "the JWT has expired"),
    "80300036": Rule(Call.REFUSED, "the JWT lives longer than a day"),
    **revoking.CODES,
    "80300002": Rule(Call.REFUSED, "push is not enabled, or the project is wrong"),
    "80300037": Rule(Call.REFUSED, "the app is penalised"),
    "80300029": Rule(Call.THROTTLED, "too many test messages", scope=RefusalScope.CLASS),
    "81000001": Rule(Call.UNAVAILABLE, "Huawei has an internal error"),
    "http_401": Rule(Call.AUTH, "the signature is not valid"),
    "http_403": Rule(Call.REFUSED, "the app may not do this"),
    "http_404": Rule(Call.REFUSED, "the address is wrong"),
    "http_503": Rule(Call.THROTTLED, "Huawei asks for fewer requests"),
}
_SUCCESS = frozenset([OK, PARTIAL])
_AUTH = frozenset(code for code, rule in CODES.items() if rule.says is Call.AUTH)
RECEIPTS: Mapping[str, Told] = {  # VENDORS 5.6
    "0": Told(Event.DELIVERED, "arrived"),
    "2": Told(Event.INVALID, "the app was uninstalled"),
    "5": Told(Event.INVALID, "the app's data was cleared, or the token deleted"),
    "6": Told(Event.MUTED, "notifications are turned off, or it is a minor's device"),
    "10": Told(None, "the device was not active for 30 days"),
    "14": Told(None, "lost on the network, or otherwise"),
    "15": Told(None, "replaced, or too much waited for the device"),
    "22": Told(None, "another user is logged in"),
    "27": Told(None, "the app does not run; it waits"),
    "31": Told(None, "the app's version or page does not go with it"),
    "51": Told(None, "the device was not unlocked since it started; it waits"),
    "102": Told(None, "the device had too many on this day"),
    "144": Told(None, "there is no such profile"),
    "151": Told(None, "not shown, or there is no such card"),
    **dict.fromkeys(
        ["155", "156", "158", "265", "268", "269"], Told(None, "of a live view, which did not take it")
    ),
    "188": Told(None, "the app could not be started"),
    "191": Told(None, "the badge could not be set"),
    "256": Told(None, "too many in this scene"),
    "259": Told(None, "its content or address is refused"),
    **dict.fromkeys(
        ["261", "262"], Told(None, "the card is not known, or was renewed too often: send it no more for now")
    ),
    "264": Told(None, "nobody has subscribed to it"),
}
EVENTS = events(RECEIPTS)


class _Reply(msgspec.Struct):
    code: str | int | None = None
    msg: str | None = None


class _Refused(msgspec.Struct):
    illegal: dict[str, list[str]] = msgspec.field(name="illegalTokens")
    failure: int = 0


def parse(answer: Answer, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What Huawei said of these tokens (VENDORS 5.3), one verdict each. Raises VendorError about the whole call."""
    code = "http_503" if answer.status == 503 else _code(answer)
    if code in (PARTIAL, NONE_VALID) and answer.status < 500:
        return _by_reason(answer, tokens, code)
    rule = CODES.get(code) or Rule(unlisted(answer.status), "an answer that is not in Huawei's documents")
    rule = at_status(rule, answer.status)
    pause = answer.retry_after(now) or (FLOW_PAUSE if rule.says is Call.THROTTLED else None)
    return [judge(rule, code, now, pause)] * len(tokens)


def _by_reason(answer: Answer, tokens: Sequence[bytes], code: str) -> list[Verdict]:
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
            raise VendorRefused(reason, rule.meaning, scope=rule.scope)
        assert isinstance(rule.says, Outcome)
        verdicts.update(dict.fromkeys(some, Verdict(rule.says, reason, rule.meaning)))
    rest = accepted() if code == PARTIAL else Verdict(_REJECTED, code, CODES[code].meaning)
    return [verdicts.get(token.decode(), rest) for token in tokens]


def refuses(answer: Answer) -> bool:
    """Whether the JWT does not hold."""
    return answer.status == 401 or _code(answer) in _AUTH


def _code(answer: Answer) -> str:
    code = str(_reply(answer).code or "")
    # Success comes with a status of success and nothing else (VENDORS 1.2, 4.3).
    return (
        known_code(code)
        if code and (succeeded(answer.status) or code not in _SUCCESS)
        else f"http_{answer.status}"
    )


def _reply(answer: Answer) -> _Reply:
    return decoded(answer.body, _Reply) or _Reply()
