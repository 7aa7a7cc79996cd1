"""vivo Push (docs/reference/vendors/vivo.md): one terminal a request, or content saved first and
then pushed to up to 1,000.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import msgspec
import orjson
from pydantic import Field, SecretStr

from pushgate.adapters.click_target import click_target, intent_uri
from pushgate.adapters.client_data import client_data
from pushgate.adapters.closing import closing
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push, Verdict
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.push_checks import require_not_silent
from pushgate.adapters.push_warnings import missing_class_warnings, picture_warnings
from pushgate.adapters.response_codes import THROTTLED_PAUSE
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.session_adapter import SessionAdapter, open_client
from pushgate.adapters.text_limits import require_length, require_width
from pushgate.adapters.token_endpoint import TokenEndpoint, credential
from pushgate.adapters.two_step import SaveRequest, TwoStepSender
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.vendor_json import quoted_list, without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vendor_settings import EndpointUrl, VendorSettings
from pushgate.adapters.vivo.options import CLASSES, MAX_LINK, MAX_PAGE, SYSTEM, Category, VivoExtras
from pushgate.adapters.vivo.responses import (
    CODES,
    RECEIPTS,
    VivoReceiptParser,
    parse,
    read_task,
    refuses,
)
from pushgate.domain.app import PushRate
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import FieldError, PayloadRejected, VendorAuthError, VendorThrottled
from pushgate.domain.message import MAX_TTL, Priority
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.credentials import Credential

MAX_TITLE, MAX_CONTENT = 40, 100  # docs/reference/vendors/vivo.md#limits, by width
MAX_CUSTOM = 1024  # docs/reference/vendors/vivo.md#limits
MAX_TOKENS = 1000  # docs/reference/vendors/vivo.md#limits
LONGEST = timedelta(days=1)  # docs/reference/vendors/vivo.md#expiry
LIFE, LEAD = (
    timedelta(hours=2),
    timedelta(minutes=15),
)  # docs/reference/vendors/vivo.md#credentials: it holds for a day, and is best renewed so
MAX_ADDRESS = 128  # docs/reference/vendors/vivo.md#limits


class VivoSettings(VendorSettings):
    """`[apps.<app>.vivo]`"""

    endpoint: EndpointUrl = "https://api-push.vivo.com.cn"
    app_id: int = Field(gt=0, lt=2**63)
    app_key: str = Field(max_length=128)
    app_secret: SecretStr
    category: Category = Field(default="MARKETING", description="class of messages that name none")
    max_title_width: int = Field(
        default=MAX_TITLE,
        ge=1,
        le=1000,
        description="a Chinese character counts 2; the newest limit is not confirmed",
    )
    max_content_width: int = Field(
        default=MAX_CONTENT,
        ge=1,
        le=10_000,
        description="a Chinese character counts 2; the newest limit is not confirmed",
    )
    badge_field: str = Field(
        default="addBadge",
        pattern=r"^[A-Za-z]{1,40}$",
        description="vivo's name of the field for options.vivo.add_badge; not confirmed",
    )
    longest_ttl: timedelta = Field(
        default=LONGEST, gt=timedelta(0), le=MAX_TTL, description="older documents have 7 days; not confirmed"
    )
    shortest_ttl: timedelta = Field(
        default=timedelta(minutes=1),
        gt=timedelta(0),
        le=timedelta(days=1),
        description="older documents have 15 minutes for lists; not confirmed",
    )
    receipt_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="of the receipts' address set in vivo's console, for lists too; the form of those is not confirmed",
    )
    test_mode: bool = Field(
        default=False, description="push to test devices only, as an app under review has to"
    )


class _Login(msgspec.Struct, rename="camel"):
    result: int = -1
    auth_token: str = ""


def render(push: Push, settings: VivoSettings, now: datetime) -> dict[str, object]:
    """The content, as it is for one and for many (docs/reference/vendors/vivo.md#requests). Raises PayloadRejected."""
    more = parse_options(push, "vivo", VivoExtras, CLASSES)
    require_not_silent(push)
    content = push.content
    require_length(push.message_id, 40, "id")
    require_width(content.title, settings.max_title_width, "content.title")
    require_width(content.body, settings.max_content_width, "content.body")
    click, data = _click(push, more), client_data(push)
    size = sum(len(key) + len(value) for key, value in data.items())
    if size > MAX_CUSTOM:
        raise PayloadRejected(
            "too_long", "content.data", f"has {size} characters, the vendor takes {MAX_CUSTOM}"
        )
    category = more.category or settings.category
    fields = {
        "appId": settings.app_id,
        "title": content.title,
        "content": content.body,
        "notifyType": more.notify_type or 4,
        "timeToLive": max(
            int(settings.shortest_ttl.total_seconds()), seconds_to_live(push, now, settings.longest_ttl)
        ),
        "sendOnline": None if push.options.ttl else True,
        **click,
        "networkType": 1 if more.wifi_only else -1,
        "classification": int(category in SYSTEM),
        "category": category,
        "clientCustomMap": data,
        "foregroundShow": more.foreground_show,
        settings.badge_field: more.add_badge,
        "notifyId": notification_id(push),
        "pushMode": int(settings.test_mode),
        "extra": {"callback.id": settings.receipt_id, "callback.param": push.message_id}
        if settings.receipt_id
        else None,
    }
    return without_none(fields)


def _click(push: Push, more: VivoExtras) -> dict[str, object]:
    """Home, a web page, or an activity by its intent URI. See
    docs/reference/vendors/vivo.md#options.
    """
    if more.custom:
        return {"skipType": 3, "skipContent": _page(more.custom, "options.vivo.custom")}
    web, page = click_target(push, more.url, more.page)
    if web:
        require_length(web, MAX_LINK, "options.vivo.url" if more.url else "content.url")
        return {"skipType": 2, "skipContent": web}
    if page:
        return {
            "skipType": 4,
            "skipContent": _page(page, "options.vivo.page" if more.page else "content.url"),
        }
    return {"skipType": 1}


def _page(link: str, field: str) -> str:
    written = intent_uri(link)
    require_length(written, MAX_PAGE, field)
    return written


@dataclass(frozen=True, slots=True)
class _Calls:
    """Where the three calls of a push go, and receipts of the first of them."""

    single: bytes
    save: bytes
    listed: bytes
    receipts: str | None


class VivoPush:
    """A push, rendered: to one terminal with its content, to several after the content was saved."""

    def __init__(
        self,
        session: Session,
        calls: _Calls,
        content: dict[str, object],
        push: Push,
    ) -> None:
        self._session = session
        self._calls = calls
        self._content = content
        self._message_id = push.message_id
        self._urgent = push.options.priority is Priority.HIGH
        body = orjson.dumps(content)[:-1]
        item = self._request_id([]) + b"}"
        save = SaveRequest(self._form(calls.save, body), item, read_task)
        self._several = TwoStepSender(session, save, self._listed)

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal may be about: vivo counts operational and system messages apart, and lists by themselves."""
        kind = "system" if self._content["classification"] else "operational"
        return {RefusalScope.CLASS: kind, RefusalScope.CALL: "list" if count > 1 else "single"}

    async def send(
        self, tokens: Sequence[bytes], go_on: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        prepared = self._several if len(tokens) > 1 else self._one()
        async with closing(prepared.send(tokens, go_on)) as answers:
            async for found in answers:
                yield found

    def _one(self) -> BatchSender:
        content = self._content
        if self._calls.receipts and "extra" not in content:
            # docs/reference/vendors/vivo.md#receipts: an address in the push is for single
            # terminals.
            extra = {"callback": self._calls.receipts, "callback.param": self._message_id}
            content = {**content, "extra": extra}
        body = orjson.dumps(content)[:-1] + b',"regId":'

        def encode(tokens: Sequence[bytes]) -> bytes:
            return quoted_list(tokens) + self._request_id(tokens) + b"}"

        form = self._form(self._calls.single, body)
        return BatchSender(self._session, form, max_tokens=1, encode=encode, parse=parse)

    def _listed(self, task: str, count: int) -> BatchSender:
        head = {name: self._content[name] for name in ("appId", "pushMode")}
        body = orjson.dumps({**head, "taskId": task})[:-1] + b',"regIds":['

        def encode(tokens: Sequence[bytes]) -> bytes:
            return quoted_list(tokens) + b"]" + self._request_id(tokens) + b"}"

        # Of a list there are at least two.
        parts = -(-count // MAX_TOKENS)
        size = -(-count // parts)
        form = self._form(self._calls.listed, body)
        return BatchSender(self._session, form, max_tokens=size, encode=encode, parse=parse)

    def _request_id(self, tokens: Sequence[bytes]) -> bytes:
        """The same for the same terminals, should they be sent to again
        (docs/reference/vendors/index.md#duplicates).
        """
        part = hashlib.blake2b(b",".join(tokens), digest_size=10).hexdigest()
        return f',"requestId":"{self._message_id}{part}"'.encode()

    def _form(self, path: bytes, before: bytes) -> RequestTemplate:
        def template(token: str) -> BurstTemplate:
            headers = ((b"authtoken", token.encode()), (b"content-type", b"application/json"))
            return BurstTemplate(
                path=path, headers=headers, body_prefix=before, full_response=True, urgent=self._urgent
            )

        return RequestTemplate(template)


class Vivo(SessionAdapter):
    """Sends one app's pushes through vivo."""

    check_confirms = True

    def __init__(self, settings: VivoSettings, context: AdapterContext) -> None:
        self._settings = settings
        token_endpoint = TokenEndpoint(settings, context.clock)
        fetch = partial(_log_in, settings, token_endpoint, context.clock)
        bearer = context.shared_bearer(f"vivo:{settings.app_id}", fetch, LEAD)
        session = Session(open_client(settings, settings.endpoint), context.clock, bearer, refuses)
        super().__init__(session, receipt_parser=VivoReceiptParser(), token_endpoint=token_endpoint)
        base = session.base_path + b"/message/"
        self._calls = _Calls(
            base + b"send", base + b"saveListPayload", base + b"pushToList", context.receipt_url
        )

    def prepare(self, push: Push, now: datetime) -> VivoPush:
        """Check and render. Raises PayloadRejected."""
        content = render(push, self._settings, now)
        return VivoPush(self._session, self._calls, content, push)

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That the push is an operational one to vivo, where nothing says what class it is of, and of a picture."""
        found = [] if self._settings.category in SYSTEM else missing_class_warnings(push, "vivo", CLASSES)
        return [*found, *picture_warnings(push)]


async def _log_in(settings: VivoSettings, token_endpoint: TokenEndpoint, clock: Clock) -> Credential:
    """docs/reference/vendors/vivo.md#credentials. Raises VendorError."""
    now = clock.now()
    stamp, secret = to_ms(now), settings.app_secret.get_secret_value()
    text = f"{settings.app_id}{settings.app_key}{stamp}{secret}"
    sign = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    body = {"appId": settings.app_id, "appKey": settings.app_key, "timestamp": stamp, "sign": sign}
    address = f"{settings.endpoint.rstrip('/')}/message/auth"
    login, retry_after = await token_endpoint.post(address, orjson.dumps(body), _Login)
    if login.result == 0 and login.auth_token:
        return credential(login.auth_token, now, LIFE.total_seconds())
    if login.result == 10093:
        raise VendorThrottled("token_10093", "too many logins", retry_after or THROTTLED_PAUSE)
    raise VendorAuthError(f"token_{login.result}", "vivo refuses the app's key, secret or clock")


VENDOR = Vendor(
    name="vivo",
    settings=VivoSettings,
    options=VivoExtras,
    # Opaque printable text without quotes and commas.
    token_pattern=re.compile(r"[!#-+\--\[\]-~]{4,1024}"),
    max_batch=MAX_TOKENS,
    codes=CODES,
    quota=PushRate(3_000),  # docs/reference/vendors/vivo.md#quotas: the least, for fewer than 5 million users
    features=frozenset([Feature.COLLAPSE]),
    limits=Limits(max_ttl=LONGEST, max_title=MAX_TITLE, max_body=MAX_CONTENT, unit="width"),
    open=opener(VivoSettings, Vivo),
    receipts=RECEIPTS,
    message_classes=CLASSES,
    max_receipt_url=MAX_ADDRESS,
)
