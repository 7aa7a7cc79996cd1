"""OPPO (HeyTap) Push (docs/reference/vendors/oppo.md): up to 1,000 notifications a request, each
with its own outcome.

With a big picture, which OPPO takes in broadcasts alone: content saved first, then pushed to up to 1,000 terminals.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

import msgspec
import orjson
from pydantic import Field, SecretStr

from pushgate.adapters.click_target import click_target
from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Prepared, Push
from pushgate.adapters.expiry import seconds_to_live, seconds_until_next_day
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.oppo.options import CLASSES, MARKETING, OppoExtras
from pushgate.adapters.oppo.responses import (
    CODES,
    RECEIPTS,
    OppoReceiptParser,
    parse,
    parse_broadcast,
    read_saved,
    refuses,
)
from pushgate.adapters.option_rules import EXACT
from pushgate.adapters.per_host import PerHostSender
from pushgate.adapters.push_checks import require_not_silent
from pushgate.adapters.push_warnings import missing_class_warnings
from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.response_codes import THROTTLED_PAUSE
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.session_adapter import open_client
from pushgate.adapters.text_limits import require_length
from pushgate.adapters.token_endpoint import TokenEndpoint, credential
from pushgate.adapters.two_step import SaveRequest, TwoStepSender
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.vendor_json import without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vendor_settings import EndpointUrl, VendorSettings
from pushgate.domain.app import PushRate
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import FieldError, PayloadRejected, VendorAuthError, VendorThrottled
from pushgate.domain.message import Priority
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.credentials import Credential

MAX_TITLE, MAX_SUBTITLE = 50, 10  # docs/reference/vendors/oppo.md#limits
MAX_CONTENT, MAX_LONG_CONTENT = 50, 128  # docs/reference/vendors/oppo.md#limits: styles 1 and 2
MAX_PARAMETERS = 4000  # docs/reference/vendors/oppo.md#limits
MAX_LINK = 2000  # docs/reference/vendors/oppo.md#limits
MAX_PUBLIC_SHOW_TTL = 43_200  # docs/reference/vendors/oppo.md#limits, seconds
MAX_TOKENS = 1000  # docs/reference/vendors/oppo.md#limits
LONGEST = timedelta(days=10)  # docs/reference/vendors/oppo.md#expiry
LIFE, LEAD = timedelta(hours=24), timedelta(hours=4)  # docs/reference/vendors/oppo.md#credentials
MAX_ADDRESS = 200  # docs/reference/vendors/oppo.md#limits


class OppoSettings(VendorSettings):
    """`[apps.<app>.oppo]`"""

    endpoint: EndpointUrl = Field(
        default="https://api-push-cn.heytapmobi.com",
        description="for terminals in China; its host as of 2026",
    )
    overseas_endpoint: EndpointUrl = Field(
        default="https://api-intl.push.oppomobile.com",
        description="for terminals abroad, told by their registration id",
    )
    app_key: str = Field(max_length=128)
    master_secret: SecretStr
    channel_id: str | None = Field(default=None, description="Android notification channel")
    category: str | None = Field(
        default=None, pattern=r"^[A-Z_]{1,64}$", description="class of messages that name none"
    )
    notify_level: Annotated[Literal[1, 2, 16], EXACT] | None = Field(
        default=None,
        description="of messages with a category; 2 and 16 of those of communication and service",
    )


class _Token(msgspec.Struct):
    auth_token: str = ""


class _Login(msgspec.Struct):
    code: int = -1
    data: _Token | None = None


def render(
    push: Push, settings: OppoSettings, now: datetime, receipts: str | None = None
) -> dict[str, object]:
    """The notification that all terminals get (docs/reference/vendors/oppo.md#requests). Raises PayloadRejected."""
    more = parse_options(push, "oppo", OppoExtras, CLASSES)
    require_not_silent(push)
    content = push.content
    require_length(content.title, MAX_TITLE, "content.title")
    require_length(content.body, MAX_CONTENT if more.big_picture_id else MAX_LONG_CONTENT, "content.body")
    require_length(more.subtitle or "", MAX_SUBTITLE, "options.oppo.subtitle")
    parameters = orjson.dumps(client_data(push)).decode()
    require_length(parameters, MAX_PARAMETERS, "content.data")
    category = more.category or settings.category
    _require_allowed(more, category)
    left = seconds_to_live(push, now, LONGEST)
    fields = {
        # Reaches a terminal once, should it be sent twice.
        "app_message_id": push.message_id,
        "title": content.title,
        "sub_title": more.subtitle,
        "content": content.body,
        "style": 3 if more.big_picture_id else 1 if len(content.body) <= MAX_CONTENT else 2,
        "small_picture_id": more.small_picture_id,
        "big_picture_id": more.big_picture_id,
        **_click(push, more),
        "action_parameters": parameters,
        "off_line": left > 0,
        "off_line_ttl": left or None,
        "show_ttl": more.show_ttl,
        "show_time_type": None if more.show_from is None else 1,
        "show_start_time": more.show_from,
        "show_end_time": more.show_until,
        "private_msg_template_id": more.private_msg_template_id,
        "private_title_parameters": more.private_title_parameters,
        "private_content_parameters": more.private_content_parameters,
        "network_type": None if more.wifi_only is None else int(more.wifi_only),
        "channel_id": more.channel_id or settings.channel_id,
        "category": category,
        "notify_level": _level(more, settings, category),
        **_badge(push, more),
        "notify_id": notification_id(push),
        "call_back_url": receipts,
        "call_back_parameter": push.message_id if receipts else None,
    }
    return without_none(fields)


def _require_allowed(more: OppoExtras, category: str | None) -> None:
    """Raise PayloadRejected where the message asks for what its class has not
    (docs/reference/vendors/oppo.md#options, docs/reference/vendors/index.md#categories).
    """
    private = category is not None and category not in MARKETING
    told = ""
    if more.notify_level and not category:
        told = "needs a category"
    elif (more.notify_level or 1) > 1 and not private:
        told = "2 and 16 are for the classes of communication and service"
    if told:
        raise PayloadRejected("bad_option", "options.oppo.notify_level", told)
    if (more.show_ttl or 0) > MAX_PUBLIC_SHOW_TTL and not private:
        told = f"is at most {MAX_PUBLIC_SHOW_TTL} (12 hours) but for the classes of communication and service"
        raise PayloadRejected("bad_option", "options.oppo.show_ttl", told)


def _level(more: OppoExtras, settings: OppoSettings, category: str | None) -> int | None:
    """How loud it is: the message's own level, else the section's, for classes that have it."""
    usual = settings.notify_level
    if more.notify_level or category is None or (category in MARKETING and usual != 1):
        return more.notify_level
    return usual


def _badge(push: Push, more: OppoExtras) -> dict[str, object]:
    if more.badge_add is not None:
        return {"badge_operation_type": 1, "badge_message_count": more.badge_add}
    number = push.options.badge if more.badge_set is None else more.badge_set
    return {} if number is None else {"badge_operation_type": 0, "badge_message_count": number}


def _click(push: Push, more: OppoExtras) -> dict[str, object]:
    """The app, an activity, a web page, or a URL of the app's own scheme, as it is. See
    docs/reference/vendors/oppo.md#options.
    """
    if more.activity:
        return {"click_action_type": 1, "click_action_activity": more.activity}
    if more.activity_class:
        return {"click_action_type": 4, "click_action_activity": more.activity_class}
    web, page = click_target(push, more.url, more.intent)
    require_length(web or page or "", MAX_LINK, "content.url")  # the options' own are checked by now
    if web:
        return {"click_action_type": 2, "click_action_url": web}
    if page:
        return {"click_action_type": 5, "click_action_url": page}
    return {"click_action_type": 0}


class _Host:
    """One of OPPO's hosts."""

    def __init__(self, settings: OppoSettings, address: str, context: AdapterContext, name: str) -> None:
        self._token_endpoint = TokenEndpoint(settings, context.clock)
        fetch = partial(_log_in, settings, address, self._token_endpoint, context.clock)
        bearer = context.shared_bearer(f"{name}:{settings.app_key}", fetch, LEAD)
        self.session = Session(open_client(settings, address), context.clock, bearer, refuses)
        self._base = self.session.base_path + b"/server/v1/message/notification/"

    def prepare(self, notification: Mapping[str, object], *, urgent: bool) -> Prepared:
        """What sends this notification."""
        if "big_picture_id" in notification:
            return self._broadcast(notification, urgent=urgent)
        form = self._form(b"unicast_batch", b"messages=", urgent=urgent)
        encode, scopes = _encoder(orjson.dumps(notification)), _scopes(notification, "unicast_batch")
        return BatchSender(
            self.session, form, max_tokens=MAX_TOKENS, encode=encode, parse=parse, scopes=scopes
        )

    def _broadcast(self, notification: Mapping[str, object], *, urgent: bool) -> TwoStepSender:
        def push(message_id: str, _count: int) -> BatchSender:
            fields = {"message_id": message_id, "target_type": 2}
            form = self._form(b"broadcast", urlencode(fields).encode() + b"&target_value=", urgent=urgent)
            return BatchSender(
                self.session, form, max_tokens=MAX_TOKENS, encode=_listed, parse=parse_broadcast
            )

        save = self._form(b"save_message_content", b"", urgent=urgent)
        scopes = _scopes(notification, "broadcast")
        request = SaveRequest(save, _as_form(notification), read_saved)
        return TwoStepSender(self.session, request, push, scopes)

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()
        await self._token_endpoint.close()

    def _form(self, call: bytes, before: bytes, *, urgent: bool) -> RequestTemplate:
        kind = (b"content-type", b"application/x-www-form-urlencoded; charset=UTF-8")

        def template(token: str) -> BurstTemplate:
            signed = b"auth_token=" + quote(token, safe="").encode() + b"&" + before
            return BurstTemplate(
                path=self._base + call, headers=(kind,), body_prefix=signed, full_response=True, urgent=urgent
            )

        return RequestTemplate(template)


def _scopes(notification: Mapping[str, object], call: str) -> Mapping[RefusalScope, str]:
    """The class goes by category, channel and template: which of them a quota is counted by depends on the app."""
    named = [notification.get(name) for name in ("category", "channel_id", "private_msg_template_id")]
    return {RefusalScope.CLASS: " ".join(str(name) for name in named if name), RefusalScope.CALL: call}


def is_overseas(token: bytes) -> bool:
    """Whether a registration id is of a terminal abroad
    (docs/reference/vendors/oppo.md#requests).
    """
    parts = token.split(b"_")
    return len(parts) > 1 and not (len(parts) <= 3 and parts[len(parts) - 2] == b"CN")


class Oppo:
    """Sends one app's pushes through OPPO."""

    def __init__(self, settings: OppoSettings, context: AdapterContext) -> None:
        self.supports_dry_run = False
        self.receipt_parser: ReceiptParser | None = OppoReceiptParser()
        self._settings = settings
        self._receipts = context.receipt_url
        self._china = _Host(settings, settings.endpoint, context, "oppo")
        self._overseas = _Host(settings, settings.overseas_endpoint, context, "oppo-overseas")

    def prepare(self, push: Push, now: datetime) -> Prepared:
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        notification = render(push, self._settings, now, self._receipts)
        parts = {
            "china": self._china.prepare(notification, urgent=urgent),
            "overseas": self._overseas.prepare(notification, urgent=urgent),
        }
        return PerHostSender(parts, lambda token: "overseas" if is_overseas(token) else "china")

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That the push is marketing to OPPO, where nothing says what class it is of, and of a picture by its address."""
        usual = self._settings.category
        found = missing_class_warnings(push, "oppo", CLASSES) if usual is None or usual in MARKETING else []
        if push.content.image:
            told = "is not shown: OPPO takes pictures that were uploaded to it; name one in options.oppo.big_picture_id"
            found.append(FieldError("content.image", told))
        return found

    async def check(self) -> bool:
        """Log in, in China: not every app has terminals abroad."""
        await self._china.session.check()
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self._china.close()
        await self._overseas.close()


async def _log_in(settings: OppoSettings, address: str, grants: TokenEndpoint, clock: Clock) -> Credential:
    """docs/reference/vendors/oppo.md#credentials. Raises VendorError."""
    now = clock.now()
    stamp, secret = str(to_ms(now)), settings.master_secret.get_secret_value()
    sign = hashlib.sha256(f"{settings.app_key}{stamp}{secret}".encode()).hexdigest()
    form = {"app_key": settings.app_key, "timestamp": stamp, "sign": sign}
    login, again_after = await grants.post(f"{address.rstrip('/')}/server/v1/auth", form, _Login)
    if login.code == 0 and login.data and login.data.auth_token:
        return credential(login.data.auth_token, now, LIFE.total_seconds())
    if str(login.code) in ("-1", "-2", "55", "13"):
        pause = seconds_until_next_day(now) if login.code == 13 else again_after or THROTTLED_PAUSE
        raise VendorThrottled(f"token_{login.code}", "OPPO takes no logins now", pause)
    raise VendorAuthError(f"token_{login.code}", "OPPO refuses the app's key, secret or clock")


def _encoder(notification: bytes) -> Callable[[Sequence[bytes]], bytes]:
    """Writes tokens as the list of messages: the notification is percent-encoded once, not for each of them."""
    before = quote(b'{"target_type":2,"target_value":"', safe="").encode()
    after = quote(b'","notification":' + notification + b"}", safe="").encode()

    def encode(tokens: Sequence[bytes]) -> bytes:
        parts = [before + quote(token, safe="").encode() + after for token in tokens]
        return b"%5B" + b"%2C".join(parts) + b"%5D"

    return encode


def _listed(tokens: Sequence[bytes]) -> bytes:
    return quote(b";".join(tokens), safe="").encode()


def _as_form(notification: Mapping[str, object]) -> bytes:
    """The fields of a notification, as saving it wants them."""
    return urlencode({name: _text(value) for name, value in notification.items()}).encode()


def _text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


VENDOR = Vendor(
    name="oppo",
    settings=OppoSettings,
    options=OppoExtras,
    # Opaque printable text without quotes; a comma or a semicolon would end it in a list of ids.
    token_pattern=re.compile(r"[!#-+\--:<-\[\]-~]{4,1024}"),
    max_batch=MAX_TOKENS,
    codes=CODES,
    # docs/reference/vendors/oppo.md#quotas: the least, for fewer than 10 million users
    quota=PushRate(5_000),
    features=frozenset([Feature.BADGE, Feature.COLLAPSE]),
    limits=Limits(max_ttl=LONGEST, max_title=MAX_TITLE, max_body=MAX_LONG_CONTENT),
    open=opener(OppoSettings, Oppo),
    receipts=RECEIPTS,
    message_classes=CLASSES,
    max_receipt_url=MAX_ADDRESS,
)
