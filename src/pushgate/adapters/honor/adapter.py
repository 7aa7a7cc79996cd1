"""Honor Push: up to 1,000 tokens a request. Its codes and some
limits are not confirmed: see docs/reference/vendors/honor.md#unconfirmed.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import orjson
from pydantic import Field, SecretStr

from pushgate.adapters.contract import (
    AdapterContext,
    CallFailure,
    EndpointUrl,
    Feature,
    Limits,
    Push,
    ReceiptCode,
    ReceiptParser,
    ReportedEvent,
    ResponseCode,
    Vendor,
    VendorSettings,
    Verdict,
)
from pushgate.adapters.honor.options import CLASSES, OF_SHOWN, HonorButton, HonorExtras
from pushgate.adapters.option_rules import none_without_effect
from pushgate.adapters.receipts import Statuses
from pushgate.adapters.rules import (
    accepted,
    at_status,
    badge,
    click_target,
    client_data,
    decoded,
    extras,
    fallback_outcome,
    fits,
    intent_uri,
    is_null,
    judge,
    known_code,
    limit,
    notice_id,
    of_list,
    present,
    quoted,
    seconds_left,
    succeeded,
    unanswered,
    unclassed,
)
from pushgate.adapters.sending import BatchSender
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.token_endpoint import Grants
from pushgate.domain.app import PushRate
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Priority
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.bearer import Bearer, Credential
from pushgate.http2.client import Client
from pushgate.http2.exchange import BurstTemplate, Response, Timeouts

MAX_BODY = 4096  # docs/reference/vendors/honor.md#limits, not confirmed
LONGEST = timedelta(days=15)  # docs/reference/vendors/honor.md#expiry
LEAD = timedelta(minutes=5)
DEADLINE = 10.0
FLOW_PAUSE = 2.0  # docs/reference/vendors/index.md#pauses


DELIVERED = (0, 40000002)
"""Statuses of receipts (docs/reference/vendors/honor.md#receipts): of the form 4000xxxx, as the
vendor's demo and a client have them, or Huawei's.
"""
RECEIPTS: Mapping[str, ReceiptCode] = {
    **{
        str(status): ReceiptCode(
            ReportedEvent.DELIVERED, "arrived; not confirmed, so it is a setting: delivered_statuses"
        )
        for status in DELIVERED
    },
    "40000015": ReceiptCode(None, "not shown: no page of the app goes with the click's intent"),
}


class HonorSettings(VendorSettings):
    """`[apps.<app>.honor]`"""

    endpoint: EndpointUrl = "https://push-api.cloud.honor.com"
    token_endpoint: EndpointUrl = "https://iam.developer.honor.com/auth/token"  # noqa: S105  # an address
    app_id: str = Field(
        pattern=r"^[A-Za-z0-9]{1,64}$", description="the app's id, which stands in the address"
    )
    client_id: str = Field(max_length=128, description="for the access token; another than the app's id")
    client_secret: SecretStr
    max_tokens: int = Field(
        default=1000, ge=1, le=1000, description="tokens a request; Honor's limit is not confirmed"
    )
    max_body: int = Field(
        default=MAX_BODY,
        ge=1024,
        le=1_000_000,
        description="bytes without tokens; Honor's limit is not confirmed",
    )
    delivered_statuses: tuple[int, ...] = Field(
        default=DELIVERED, description="statuses of receipts that mean delivered; Honor's are not confirmed"
    )


_INVALID, _REJECTED = Outcome.INVALID, Outcome.REJECTED
CODES: Mapping[str, ResponseCode] = {  # docs/reference/vendors/honor.md#codes
    "200": ResponseCode(Outcome.ACCEPTED, "accepted"),
    "80000000": ResponseCode(Outcome.ACCEPTED, "accepted, as some clients saw it"),
    "expireTokens": ResponseCode(_INVALID, "the token has expired"),
    "sendResult": ResponseCode(_REJECTED, "Honor says that it has sent nothing, and not why"),
    "failTokens": ResponseCode(_REJECTED, "Honor could not send to it and does not say why"),
    "access_token": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "flow_control": ResponseCode(CallFailure.THROTTLED, "Honor asks for fewer requests"),
    # Should Huawei's codes appear, they mean what they mean there. That is not confirmed
    # (docs/reference/vendors/honor.md#codes).
    "80100000": ResponseCode(_INVALID, "some tokens are not valid"),
    "80300007": ResponseCode(
        _INVALID,
        "the token is not valid, or not the app's; of several at once that is not believed, and they stay",
    ),
    **dict.fromkeys(
        [
            "80100001",
            "80100002",
            "80100003",
            "80100004",
            "80100013",
            "80100016",
            "80100018",
            "80300008",
            "80300010",
        ],
        ResponseCode(_REJECTED, "the request is not valid: a parameter, its structure, size or content"),
    ),
    "80200001": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "80200003": ResponseCode(CallFailure.AUTH, "the access token has expired"),
    "80200005": ResponseCode(CallFailure.AUTH, "the JWT has expired"),
    "80300002": ResponseCode(CallFailure.REFUSED, "the app may not push"),
    "80300011": ResponseCode(
        CallFailure.REFUSED, "the app may not send with high priority", scope=RefusalScope.CLASS
    ),
    "80300013": ResponseCode(CallFailure.REFUSED, "the receipt address or its certificate is not valid"),
    "80100017": ResponseCode(Outcome.RETRY, "too many tasks at once"),
    "80600003": ResponseCode(CallFailure.UNAVAILABLE, "the OAuth service fails"),
    "81000001": ResponseCode(CallFailure.UNAVAILABLE, "Honor has an internal error"),
    "http_401": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "http_403": ResponseCode(CallFailure.AUTH, "the access token is not valid for this app"),
    "http_404": ResponseCode(CallFailure.REFUSED, "the address is wrong"),
    "http_429": ResponseCode(CallFailure.THROTTLED, "Honor asks for fewer requests"),
}
_AUTH = frozenset(code for code, rule in CODES.items() if rule.says is CallFailure.AUTH)
_OK = frozenset(["200", "80000000"])


class _Data(msgspec.Struct):
    sent: bool | None = msgspec.field(default=None, name="sendResult")
    failed: list[str] | None = msgspec.field(default=None, name="failTokens")
    expired: list[str] | None = msgspec.field(default=None, name="expireTokens")


class _Partial(msgspec.Struct):
    illegal_tokens: list[str]
    failure: int = 0


class _Reply(msgspec.Struct):
    code: str | int | None = None
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


def render(push: Push, settings: HonorSettings, now: datetime) -> tuple[bytes, bytes]:
    """The body before and after the list of tokens (docs/reference/vendors/honor.md#requests).
    Raises PayloadRejected.
    """
    more = extras(push, "honor", HonorExtras, CLASSES)
    content, options = push.content, push.options
    limit(push.message_id, 64, "id")
    if content.image and not content.image.startswith("https://"):
        raise PayloadRejected("bad_image", "content.image", "must be an https address for this vendor")
    add, set_to = badge(push, more.badge_add, more.badge_set)
    count = present({"addNum": add, "setNum": set_to, "badgeClass": more.badge_class})
    if options.silent:
        none_without_effect(push, "honor", OF_SHOWN, "a silent push")
    notification = {
        "title": content.title,
        "body": content.body,
        # docs/reference/vendors/honor.md#options: pictures are for service messages.
        "image": content.image if more.importance == "NORMAL" else None,
        "importance": more.importance,
        "clickAction": _click(push, more),
        "style": 1 if more.big_body else None,
        "bigTitle": more.big_title,
        "bigBody": more.big_body,
        "when": more.when,
        "buttons": [_button(button) for button in more.buttons] if more.buttons else None,
        "badge": count or None,
        "notifyId": notice_id(push),
        "tag": options.collapse_key,
        "group": more.group,
    }
    android = {
        "ttl": f"{max(1, seconds_left(push, now, LONGEST))}s",  # 0 is not documented
        "biTag": push.message_id,
        "targetUserType": more.target_user_type,
        "notification": None if options.silent else present(notification),
    }
    data = orjson.dumps(client_data(push)).decode()
    body = orjson.dumps({"data": data, "android": present(android), "token": []})
    fits(body, settings.max_body, "the message without its tokens")
    return body[: -len(b"]}")], b"]}"


def _button(button: HonorButton) -> dict[str, object]:
    return present(
        {
            "name": button.name,
            "actionType": button.action_type,
            "intentType": button.intent_type,
            "intent": button.intent,
            "data": button.data,
        }
    )


def _click(push: Push, more: HonorExtras) -> dict[str, object]:
    if more.action:
        return {"type": 1, **present({"intent": more.intent, "action": more.action})}
    web, page = click_target(push, more.url, more.intent)
    if web:
        return {"type": 2, "url": web}
    return {"type": 1, "intent": intent_uri(page)} if page else {"type": 3}


def parse(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What Honor said of these tokens (docs/reference/vendors/honor.md#codes), one verdict each.
    Raises VendorError about the whole call.
    """
    code = _code(answer)
    if code in _OK and succeeded(answer.status):
        return _listed(answer, tokens)
    if code == "80100000" and answer.status < 500:
        return _partly(answer, tokens)
    rule = CODES.get(code)
    if rule is None or code in _OK:
        # Business errors come with HTTP 200 and a code of their own, which says nothing of a token.
        readable = _reply(answer).code is not None and succeeded(answer.status)
        says = _REJECTED if readable else fallback_outcome(answer.status)
        rule = ResponseCode(says, "an answer that is not in Honor's documents")
    rule = at_status(rule, answer.status)
    pause = answer.retry_after(now) or (FLOW_PAUSE if rule.says is CallFailure.THROTTLED else None)
    return of_list(judge(rule, code, now, pause), len(tokens))


def _partly(answer: Response, tokens: Sequence[bytes]) -> list[Verdict]:
    told = decoded(_reply(answer).message or "", _Partial)
    # More failed than are listed: nobody knows who.
    if told is None or told.failure > len(told.illegal_tokens):
        return [unanswered("the list of failed tokens is unreadable")] * len(tokens)
    bad, good = Verdict(_INVALID, "80100000", CODES["80100000"].meaning), accepted()
    return [bad if token.decode() in told.illegal_tokens else good for token in tokens]


def _listed(answer: Response, tokens: Sequence[bytes]) -> list[Verdict]:
    told = _reply(answer).data
    data = _Data() if is_null(told) else decoded(told, _Data)
    if data is None:
        return [unanswered("the lists of failed tokens are unreadable")] * len(tokens)
    verdicts = {
        **dict.fromkeys(data.failed or (), _said("failTokens")),
        **dict.fromkeys(data.expired or (), _said("expireTokens")),
    }
    # That nothing was sent, and no list of whom not, is not documented: it is taken at its word.
    rest = _said("sendResult") if data.sent is False and not verdicts else accepted()
    return [verdicts.get(token.decode(), rest) for token in tokens]


def _said(name: str) -> Verdict:
    rule = CODES[name]
    assert isinstance(rule.says, Outcome)
    return Verdict(rule.says, name, rule.meaning)


def refuses(answer: Response) -> bool:
    """Whether the access token does not hold."""
    return _code(answer) in _AUTH


def _code(answer: Response) -> str:
    if answer.status in (401, 403, 404, 429):
        return f"http_{answer.status}"
    reply = _reply(answer)
    told = (reply.message or "").lower()
    if str(reply.code) not in _OK:
        if "access token" in told or "access_token" in told:
            return "access_token"
        if "flow control" in told:
            return "flow_control"
    return known_code(str(reply.code)) if reply.code is not None else f"http_{answer.status}"


def _reply(answer: Response) -> _Reply:
    return decoded(answer.body, _Reply) or _Reply()


class Honor:
    """Sends one app's pushes through Honor."""

    def __init__(self, settings: HonorSettings, surroundings: AdapterContext) -> None:
        self.validates = False
        self.inbox: ReceiptParser | None = Statuses(
            dict.fromkeys(map(str, settings.delivered_statuses), ReportedEvent.DELIVERED), None
        )
        self._settings = settings
        self._clock = surroundings.clock
        client = Client(
            settings.endpoint,
            ca_file=settings.ca_file,
            proxy=settings.proxy,
            max_connections=settings.max_connections,
            patience=Timeouts(DEADLINE),
            http1=True,
        )
        self._path = client.base + f"/api/v1/{settings.app_id}/sendMessage".encode()
        self._grants = Grants(settings.ca_file, settings.proxy, self._clock)
        name = f"{surroundings.app}:honor:{settings.client_id}"
        bearer = Bearer(name, self._fetch, LEAD, self._clock, surroundings.credentials)
        self._session = Session(client, bearer, refuses)

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        before, after = render(push, self._settings, now)

        def template(token: str) -> BurstTemplate:
            headers = (
                (b"authorization", b"Bearer " + token.encode()),
                (b"timestamp", str(to_ms(now)).encode()),
                (b"content-type", b"application/json; charset=UTF-8"),
            )
            return BurstTemplate(self._path, headers, before, after, whole=True, urgent=urgent)

        scopes = {RefusalScope.CLASS: extras(push, "honor", HonorExtras, CLASSES).importance or ""}
        return BatchSender(
            self._session, RequestTemplate(template), self._settings.max_tokens, quoted, self._parse, scopes
        )

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That the push is marketing to Honor, where nothing says what class it is of, and that its picture is not shown."""
        if push.options.silent:
            return ()
        found = unclassed(push, "honor", CLASSES)
        if push.content.image and extras(push, "honor", HonorExtras, CLASSES).importance != "NORMAL":
            told = "is not shown: only service messages have pictures; name the category of one"
            found.append(FieldError("content.image", told))
        return found

    async def check(self) -> bool:
        """Fetch an access token."""
        await self._session.check()
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        await self._grants.close()

    def _parse(self, answer: Response, tokens: Sequence[bytes]) -> Sequence[Verdict]:
        return parse(answer, tokens, self._clock.now())

    async def _fetch(self) -> Credential:
        """Client credentials (docs/reference/vendors/honor.md#credentials)."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
        }
        return await self._grants.fetch(self._settings.token_endpoint, form)


def _open(settings: VendorSettings, surroundings: AdapterContext) -> Honor:
    assert isinstance(settings, HonorSettings)
    return Honor(settings, surroundings)


VENDOR = Vendor(
    name="honor",
    settings=HonorSettings,
    extras=HonorExtras,
    # Opaque printable text without quotes and commas; the length is not documented.
    token=re.compile(r"[!#-+\--\[\]-~]{4,1024}"),
    batch=1000,  # docs/reference/vendors/honor.md#limits, not confirmed
    codes=CODES,
    quota=PushRate(3_000),  # docs/reference/vendors/honor.md#quotas: quoted by an aggregator
    features=frozenset([Feature.IMAGE, Feature.BADGE, Feature.SILENT, Feature.COLLAPSE]),
    limits=Limits(LONGEST, size=MAX_BODY),
    open=_open,
    receipts=RECEIPTS,
    classes=CLASSES,
)
