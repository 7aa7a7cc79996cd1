"""Huawei Push Kit for HMS, v1 and v2 (docs/reference/vendors/huawei.md): up to 1,000 tokens a
request.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self

import msgspec
import orjson
from pydantic import Field, SecretStr, model_validator

from pushgate.adapters import recall
from pushgate.adapters.approved_classes import CLASSES, ApprovedClasses
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
from pushgate.adapters.huawei.options import CATEGORIES, OF_SHOWN, HuaweiExtras
from pushgate.adapters.option_rules import none_without_effect
from pushgate.adapters.receipts import ReceiptKey, Statuses, events
from pushgate.adapters.rules import (
    accepted,
    at_status,
    badge,
    click_target,
    client_data,
    collapse_group,
    decoded,
    extras,
    fallback_outcome,
    fits,
    intent_uri,
    judge,
    known_code,
    limit,
    notice_id,
    present,
    quoted,
    seconds_left,
    succeeded,
    unanswered,
    unclassed,
)
from pushgate.adapters.sending import BatchSender
from pushgate.adapters.service_account import ServiceAccount
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.token_endpoint import Grants
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Priority
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.bearer import Bearer, Credential, NoStore
from pushgate.http2.client import Client
from pushgate.http2.exchange import BurstTemplate, Response, Timeouts

MAX_BODY = 4096  # docs/reference/vendors/huawei.md#limits, without the tokens
MAX_TOKENS = 1000  # docs/reference/vendors/huawei.md#limits
LONGEST = timedelta(days=15)  # docs/reference/vendors/huawei.md#expiry
LEAD = timedelta(minutes=5)
DEADLINE = 10.0
FLOW_PAUSE = 2.0  # docs/reference/vendors/index.md#pauses: 1 to 5 s where the vendor names no delay


class HuaweiSettings(VendorSettings, ReceiptKey, ApprovedClasses):
    """`[apps.<app>.huawei]`"""

    endpoint: EndpointUrl = "https://push-api.cloud.huawei.com"
    token_endpoint: EndpointUrl = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"  # noqa: S105  # an address
    app_id: str = Field(
        pattern=r"^[A-Za-z0-9]{1,64}$", description="the app's id, which is its OAuth client id"
    )
    app_secret: SecretStr | None = Field(default=None, description="the app's OAuth client secret")
    service_account_file: Path | None = Field(
        default=None, description="JSON key file of a service account, instead of app_secret; calls v2"
    )
    project_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="calls v2 of this project; unset = v1, or v2 of the service account's project",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.app_secret is None) == (self.service_account_file is None):
            raise ValueError("needs app_secret or service_account_file, and not both")
        return self


_INVALID, _REJECTED, _RETRY = Outcome.INVALID, Outcome.REJECTED, Outcome.RETRY
OK, PARTIAL = "80000000", "80100000"
# docs/reference/vendors/huawei.md#codes, docs/reference/vendors/huawei.md#recall
CODES: Mapping[str, ResponseCode] = {
    OK: ResponseCode(Outcome.ACCEPTED, "accepted"),
    PARTIAL: ResponseCode(_INVALID, "the token is not valid"),  # for those it lists; the others are accepted
    "80300007": ResponseCode(_INVALID, "no token is valid, or the app and the tokens do not match"),
    "80100001": ResponseCode(_REJECTED, "a parameter is not valid"),
    "80100002": ResponseCode(_REJECTED, "the number of tokens is not valid"),
    "80100003": ResponseCode(_REJECTED, "the structure of the message is not valid"),
    "80100004": ResponseCode(_REJECTED, "the ttl is not valid"),
    "80100013": ResponseCode(_REJECTED, "the collapse key is not valid"),
    "80100016": ResponseCode(_REJECTED, "the content is sensitive"),
    # Said of pushes to topics, which other senders of the app make.
    "80100017": ResponseCode(_RETRY, "too many topic tasks at once"),
    "80100018": ResponseCode(_REJECTED, "the signature of the content's audit does not match"),
    "80200001": ResponseCode(CallFailure.AUTH, "the access token is not valid, or another app's"),
    "80200003": ResponseCode(CallFailure.AUTH, "the access token has expired"),
    "80200005": ResponseCode(CallFailure.AUTH, "the JWT has expired"),
    **recall.CODES,
    "80300002": ResponseCode(CallFailure.REFUSED, "the app may not push"),
    "80300008": ResponseCode(_REJECTED, "the message is larger than 4,096 bytes"),
    "80300010": ResponseCode(_REJECTED, "too many tokens in one request"),
    "80300011": ResponseCode(
        CallFailure.REFUSED, "the app may not send with high priority", scope=RefusalScope.CLASS
    ),
    "80300013": ResponseCode(
        CallFailure.REFUSED, "the receipt address or its certificate is not valid", scope=RefusalScope.RECEIPT
    ),
    "80600003": ResponseCode(CallFailure.UNAVAILABLE, "Huawei's OAuth service fails"),
    "81000001": ResponseCode(CallFailure.UNAVAILABLE, "Huawei has an internal error"),
    "http_401": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "http_403": ResponseCode(CallFailure.REFUSED, "the app may not do this"),
    "http_404": ResponseCode(CallFailure.REFUSED, "the address is wrong"),
    "http_503": ResponseCode(CallFailure.THROTTLED, "Huawei asks for fewer requests"),
}
_SUCCESS = frozenset([OK, PARTIAL])
_AUTH = frozenset(code for code, rule in CODES.items() if rule.says is CallFailure.AUTH)

RECEIPTS: Mapping[str, ReceiptCode] = {  # docs/reference/vendors/huawei.md#receipts
    "0": ReceiptCode(ReportedEvent.DELIVERED, "arrived"),
    "2": ReceiptCode(ReportedEvent.INVALID, "the app was uninstalled"),
    "5": ReceiptCode(ReportedEvent.INVALID, "the token is not this user's, or this device's"),
    "6": ReceiptCode(ReportedEvent.MUTED, "notifications are turned off"),
    "10": ReceiptCode(None, "the device was not active for 30 days"),
    "14": ReceiptCode(None, "lost on the network, or otherwise"),
    "15": ReceiptCode(None, "replaced, or too much waited for the device"),
    "22": ReceiptCode(None, "another user is logged in"),
    "27": ReceiptCode(None, "the app does not run; it waits"),
    "31": ReceiptCode(None, "the app's version or page does not go with it"),
    "51": ReceiptCode(None, "the device was not unlocked since it started; it waits"),
    "102": ReceiptCode(None, "the device had too many on this day"),
    "144": ReceiptCode(None, "there is no such profile"),
    "201": ReceiptCode(ReportedEvent.MUTED, "the push server keeps it back"),
}
EVENTS = events(RECEIPTS)


class _Reply(msgspec.Struct):
    code: str | int | None = None
    msg: str | None = None


class _Partial(msgspec.Struct):
    illegal_tokens: list[str]
    failure: int = 0


def render(push: Push, settings: HuaweiSettings, now: datetime) -> tuple[bytes, bytes]:
    """The body before and after the list of tokens (docs/reference/vendors/huawei.md#requests).
    Raises PayloadRejected.
    """
    more = _options(push, settings)
    content, options = push.content, push.options
    limit(push.message_id, 64, "id")
    left = max(1, seconds_left(push, now, LONGEST))  # 0 is not documented
    add, set_to = badge(push, more.badge_add, more.badge_set)
    notification = {
        "title": content.title,
        "body": content.body,
        "image": content.image,
        "default_sound": not more.sound,
        "importance": more.shown_as(),
        "notify_id": notice_id(push),
        "badge": present({"add_num": add, "set_num": set_to, "class": more.badge_class}) or None,
        "click_action": _click(push, more),
        **more.on_android(),
    }
    android = {
        "ttl": f"{left}s",
        "category": more.category,
        "urgency": more.urgency,
        "bi_tag": push.message_id,
        "receipt_id": more.receipt_id,
        "fast_app_target": more.fast_app_target,
        "target_user_type": more.target_user_type,
        "collapse_key": collapse_group(options.collapse_key),
        "data": orjson.dumps(client_data(push)).decode(),
        "notification": None if options.silent else present(notification),
    }
    if content.image and not content.image.startswith("https://"):
        raise PayloadRejected("bad_image", "content.image", "must be an https address for this vendor")
    body = orjson.dumps(
        {"validate_only": options.dry_run, "message": {"android": present(android), "token": []}}
    )
    fits(body, MAX_BODY, "the message without its tokens")
    return body[: -len(b"]}}")], b"]}}"


def _options(push: Push, settings: HuaweiSettings) -> HuaweiExtras:
    """The message's options for Huawei. Raises PayloadRejected for those that this kind of push does not take."""
    # A class by the message's category is one of what is shown
    # (docs/reference/vendors/index.md#categories).
    classes = {} if push.options.silent else settings.classes()
    more = extras(push, "huawei", HuaweiExtras, classes)
    settings.require_known(more.category, CATEGORIES, "huawei")
    if push.options.silent:
        none_without_effect(push, "huawei", OF_SHOWN, "a silent push")
    else:
        none_without_effect(push, "huawei", ["urgency"], "a push that is shown")
        if more.category == "PLAY_VOICE":
            raise PayloadRejected("bad_option", "options.huawei.category", "PLAY_VOICE is for silent pushes")
    return more


def _click(push: Push, more: HuaweiExtras) -> dict[str, object]:
    if more.action:
        return {"type": 1, **present({"intent": more.intent, "action": more.action})}
    web, page = click_target(push, more.url, more.intent)
    if web:
        return {"type": 2, "url": web}
    return {"type": 1, "intent": intent_uri(page)} if page else {"type": 3}


def _scopes(more: HuaweiExtras) -> Mapping[RefusalScope, str]:
    return {
        RefusalScope.CLASS: " ".join(filter(None, (more.category, more.urgency))),
        RefusalScope.RECEIPT: more.receipt_id or "",
    }


def parse(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What Huawei said of these tokens (docs/reference/vendors/huawei.md#codes), one verdict each.
    Raises VendorError about the whole call.
    """
    code = _code(answer)
    if answer.status == 503:
        code = "http_503"
    if code == PARTIAL:
        dead = _illegal(answer)
        if dead is None:
            # Partial success without a readable list: nobody is called dead for that.
            return [unanswered("the list of failed tokens is unreadable")] * len(tokens)
        bad, good = Verdict(_INVALID, code, CODES[code].meaning), accepted()
        return [bad if token.decode() in dead else good for token in tokens]
    rule = CODES.get(code) or ResponseCode(
        fallback_outcome(answer.status), "an answer that is not in Huawei's documents"
    )
    rule = at_status(rule, answer.status)
    pause = answer.retry_after(now) or (FLOW_PAUSE if rule.says is CallFailure.THROTTLED else None)
    return [judge(rule, code, now, pause)] * len(tokens)


def refuses(answer: Response) -> bool:
    """Whether the access token does not hold."""
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


def _illegal(answer: Response) -> frozenset[str] | None:
    """For partial success `msg` is itself JSON."""
    told = decoded(_reply(answer).msg or "", _Partial)
    # More failed than are listed: nobody knows who.
    if told is None or told.failure > len(told.illegal_tokens):
        return None
    return frozenset(told.illegal_tokens)


class Huawei:
    """Sends one app's pushes through Huawei."""

    def __init__(self, settings: HuaweiSettings, surroundings: AdapterContext) -> None:
        self._settings = settings
        self.validates = True
        self.inbox: ReceiptParser | None = Statuses(EVENTS, settings.signature())
        self._clock = surroundings.clock
        client = Client(
            settings.endpoint,
            ca_file=settings.ca_file,
            proxy=settings.proxy,
            max_connections=settings.max_connections,
            patience=Timeouts(DEADLINE),
            http1=True,
        )
        self._grants = Grants(settings.ca_file, settings.proxy, self._clock)
        project = settings.project_id
        if settings.service_account_file:
            account = ServiceAccount.read(settings.service_account_file)
            project = project or account.project_id
            bearer = Bearer("huawei", partial(account.sign, self._clock), LEAD, self._clock, NoStore())
        else:
            name = f"{surroundings.app}:huawei:{settings.app_id}"
            # Shared between processes: Huawei grants 1,000 tokens in 5 min
            # (docs/reference/vendors/huawei.md#credentials).
            bearer = Bearer(name, self._fetch, LEAD, self._clock, surroundings.credentials)
        way = f"/v2/{project}" if project else f"/v1/{settings.app_id}"
        self._path = client.base + f"{way}/messages:send".encode()
        self._revoke_path = client.base + recall.path(settings.app_id)
        self._session = Session(client, bearer, refuses)

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        before, after = render(push, self._settings, now)

        def template(token: str) -> BurstTemplate:
            kind = (b"content-type", b"application/json; charset=UTF-8")
            headers = ((b"authorization", b"Bearer " + token.encode()), kind)
            return BurstTemplate(self._path, headers, before, after, whole=True, urgent=urgent)

        scopes = _scopes(_options(push, self._settings))
        return BatchSender(self._session, RequestTemplate(template), MAX_TOKENS, quoted, self._parse, scopes)

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That the push is marketing to Huawei, where nothing says what class it is of."""
        return () if push.options.silent else unclassed(push, "huawei", CLASSES)

    def recall(self, push: Push) -> BatchSender:
        """Take it back. Raises PayloadRejected for pushes that show nothing."""
        if push.options.silent:
            raise PayloadRejected(
                "nothing_shown", "options.silent", "a silent push shows nothing to take back"
            )
        shown_as = extras(push, "huawei", HuaweiExtras).notify_id
        number = notice_id(push) if shown_as is None else shown_as
        return recall.revoke(self._session, self._revoke_path, number, self._parse)

    async def check(self) -> bool:
        """Fetch an access token."""
        await self._session.check()
        return self._settings.service_account_file is None  # a service account signs its own tokens

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        await self._grants.close()

    def _parse(self, answer: Response, tokens: Sequence[bytes]) -> Sequence[Verdict]:
        return parse(answer, tokens, self._clock.now())

    async def _fetch(self) -> Credential:
        """Client credentials (docs/reference/vendors/huawei.md#credentials)."""
        assert self._settings.app_secret is not None
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.app_id,
            "client_secret": self._settings.app_secret.get_secret_value(),
        }
        return await self._grants.fetch(self._settings.token_endpoint, form)


def _open(settings: VendorSettings, surroundings: AdapterContext) -> Huawei:
    assert isinstance(settings, HuaweiSettings)
    return Huawei(settings, surroundings)


VENDOR = Vendor(
    name="huawei",
    settings=HuaweiSettings,
    extras=HuaweiExtras,
    # Opaque printable text without quotes and commas; the length is not documented.
    token=re.compile(r"[!#-+\--\[\]-~]{4,1024}"),
    batch=MAX_TOKENS,
    codes=CODES,
    quota=PushRate(6_000),  # docs/reference/vendors/huawei.md#quotas: at least
    features=frozenset(
        [
            Feature.IMAGE,
            Feature.BADGE,
            Feature.SILENT,
            Feature.COLLAPSE,
            Feature.DRY_RUN,
            Feature.RECALL,
        ]
    ),
    limits=Limits(LONGEST, size=MAX_BODY),
    open=_open,
    receipts=RECEIPTS,
    classes=CLASSES,
)
