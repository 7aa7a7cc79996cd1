"""Web Push (docs/reference/vendors/webpush.md; RFC 8030, 8291, 8292): one request a subscription,
sealed for it, to the push service it names.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import jwt
import msgspec
import orjson
from pydantic import AfterValidator, Field, StringConstraints

from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import collapse_name
from pushgate.adapters.contract import Push, Verdict
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.links import Picture
from pushgate.adapters.push_checks import require_not_silent
from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.response_codes import (
    INVALID,
    REJECTED,
    RETRY,
    CallFailure,
    ResponseCode,
    accepted,
    fallback_outcome,
    judge,
    rows,
)
from pushgate.adapters.session_adapter import open_client
from pushgate.adapters.text_limits import require_size
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.vendor_json import decode_json, without_none
from pushgate.adapters.vendor_options import VendorOptions, parse_options
from pushgate.adapters.vendor_settings import VendorSettings
from pushgate.adapters.webpush import push_services, subscriptions
from pushgate.adapters.webpush.push_services import Services, ToServices
from pushgate.adapters.webpush.vapid import public_text, read_key
from pushgate.domain.app import PushRate
from pushgate.domain.message import Priority
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.credentials import Credential
from pushgate.http2.results import Response

LONGEST = timedelta(days=28)  # docs/reference/vendors/webpush.md#expiry: Mozilla takes 30 days
JWT_LIFE = timedelta(
    hours=12
)  # docs/reference/vendors/webpush.md#credentials: at most 24 h; old ones go an hour early
WNS_PAUSE = 900.0  # docs/reference/vendors/index.md#pauses
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


def _host(text: str) -> str:
    """The host in the form that subscriptions' origins have. Raises ValueError."""
    if not text.startswith("["):
        return text
    address, _, rest = text[1:].partition("]")
    try:
        return f"[{IPv6Address(address)}]{rest}"
    except ValueError as error:
        raise ValueError("is no IPv6 address in brackets") from error


Host = Annotated[
    str,
    StringConstraints(pattern=r"^(\*\.)?[a-z0-9.\-]{1,253}(:[0-9]{1,5})?$|^\[[0-9a-f:.]+\](:[0-9]{1,5})?$"),
    AfterValidator(_host),
]


class WebPushSettings(VendorSettings):
    """`[apps.<app>.webpush]`"""

    vapid_key_file: Path = Field(
        description="PEM file of the P-256 key whose public half browsers subscribe with"
    )
    subject: str = Field(
        pattern=r"^(mailto:[^\s@]+@[^\s@]+|https://[^\s]+)$",
        description="a mailto: or https: address at which push services reach whoever sends",
    )
    hosts: tuple[Host, ...] = Field(
        default=(
            "fcm.googleapis.com",
            "updates.push.services.mozilla.com",
            "web.push.apple.com",
            "*.notify.windows.com",
        ),
        min_length=1,
        description="push services that are sent to, `*.` for all names below; endpoints come from clients, so no others are",
    )


class WebAction(VendorOptions):
    """A button under the notification."""

    action: str = Field(min_length=1, description="what the service worker is told of a click on it")
    title: str = Field(min_length=1)
    icon: Picture | None = None


class WebPushExtras(VendorOptions):
    """`options.webpush`: what the push service is told, and fields of Notification for the service worker."""

    urgency: Literal["very-low", "low", "normal", "high"] | None = None
    topic: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_\-]{1,32}$")
    icon: Picture | None = None
    badge: Picture | None = Field(default=None, description="address of a small picture")
    tag: str | None = None
    renotify: bool | None = None
    require_interaction: bool | None = None
    silent: bool | None = None
    actions: tuple[WebAction, ...] | None = None


_KEY = "the push service refuses our VAPID key: the subscription was made with another one, or subject or clock are wrong"
# docs/reference/vendors/webpush.md#codes; `errno_...` are Mozilla's, the rest is HTTP's
CODES: Mapping[str, ResponseCode] = {
    "2xx": ResponseCode(Outcome.ACCEPTED, "accepted"),
    **rows("404 410", INVALID, "the subscription is over", scope=RefusalScope.HOST),
    "wns_channel_throttled": ResponseCode(
        RETRY, "Microsoft takes no more pushes to this subscription for now"
    ),
    **rows(
        "wns_throttled",
        CallFailure.THROTTLED,
        "Microsoft takes no more pushes of this app for now",
        scope=RefusalScope.HOST,
    ),
    **rows("400 406", REJECTED, "a header or the form is not valid", scope=RefusalScope.HOST),
    **rows("401 403 errno_109", CallFailure.AUTH, _KEY, scope=RefusalScope.HOST),
    **rows("413 errno_104", REJECTED, "the push service takes no such large body", scope=RefusalScope.HOST),
    **rows("429 errno_201", CallFailure.THROTTLED, "too many requests", scope=RefusalScope.HOST),
    **rows(
        "301 307 308",
        REJECTED,
        "the subscription has moved; where to is not followed",
        scope=RefusalScope.HOST,
    ),
    **rows(
        "500 502 503 504", CallFailure.UNAVAILABLE, "the push service is in trouble", scope=RefusalScope.HOST
    ),
    **rows(
        "errno_102 errno_103 errno_105 errno_106",
        INVALID,
        "the subscription is over",
        scope=RefusalScope.HOST,
    ),
    **rows(
        "errno_110 errno_111 errno_112 errno_113", REJECTED, "a header is not valid", scope=RefusalScope.HOST
    ),
    **rows("errno_202", RETRY, "to be sent again at once", scope=RefusalScope.HOST),
    **rows(
        "errno_900 errno_901 errno_902 errno_903",
        RETRY,
        "the bridge to another push system is in trouble",
        scope=RefusalScope.HOST,
    ),
    **push_services.CODES,
}


class _Told(msgspec.Struct):
    errno: int | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """What all subscriptions share: headers but for the credential, and what is sealed for each."""

    headers: Mapping[str, str]
    plaintext: bytes


def render(push: Push, now: datetime) -> Rendered:
    """What the push service is told (docs/reference/vendors/webpush.md#requests), and JSON for the service worker. Raises PayloadRejected."""
    more = parse_options(push, "webpush", WebPushExtras)
    require_not_silent(push)  # browsers want to show something for each push
    content, options = push.content, push.options
    urgency = {Priority.HIGH: "high", Priority.NORMAL: "normal", Priority.LOW: "low"}[options.priority]
    name = collapse_name(push)
    headers = {
        "ttl": str(seconds_to_live(push, now, LONGEST)),
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "urgency": more.urgency or urgency,
        "topic": more.topic or _topic(name),
    }
    own = more.model_dump(exclude_none=True, exclude={"urgency", "topic", "require_interaction", "tag"})
    body = {
        "title": content.title,
        "body": content.body,
        "image": content.image,
        "tag": more.tag or name,
        "requireInteraction": more.require_interaction,
        "app_badge": options.badge,
        **own,
        "data": client_data(push),
    }
    return Rendered(
        headers,
        require_size(orjson.dumps(without_none(body)), subscriptions.MAX_PLAINTEXT, "the content as JSON"),
    )


def _topic(name: str) -> str:
    """A push service takes 32 characters of base64url
    (docs/reference/vendors/webpush.md#limits).
    """
    if _TOPIC.fullmatch(name):
        return name
    return base64.urlsafe_b64encode(hashlib.blake2b(name.encode(), digest_size=24).digest()).decode()


def parse(answer: Response, now: datetime, origin: str = "") -> Verdict:
    """What the push service there said of one subscription
    (docs/reference/vendors/webpush.md#codes).

    Raises VendorError when it says something of the call.
    """
    if 200 <= answer.status < 300:
        return accepted()
    code = _code(answer, origin)
    rule = CODES.get(code) or ResponseCode(_unlisted(answer.status), "an answer that is not in the documents")
    if explained := _explained(answer):
        rule = replace(rule, meaning=f"{rule.meaning}: {explained}")
    pause = answer.retry_after(now) or (WNS_PAUSE if code.startswith("wns_") else None)
    return judge(rule, code, now, pause)


def _code(answer: Response, origin: str) -> str:
    status = answer.headers.get("x-wns-status", "").lower()
    if answer.status == 406 and (status or _is_microsofts(origin)):
        return "wns_channel_throttled" if status == "channelthrottled" else "wns_throttled"
    told = decode_json(answer.body, _Told) or _Told()
    own = f"errno_{told.errno}"
    return own if own in CODES else str(answer.status)


def _explained(answer: Response) -> str:
    """Microsoft's explanation, which is in a header (docs/reference/vendors/webpush.md#codes). A
    text that could hold a token or an address is left out.
    """
    told = answer.headers.get("x-wns-error-description", "").strip()
    plain = len(told) <= 120 and told.isascii() and told.isprintable()
    return told.rstrip(".") if plain and all(len(word) <= 24 for word in told.split()) else ""


def _is_microsofts(origin: str) -> bool:
    return (urlsplit(origin).hostname or "").endswith(".notify.windows.com")


def _unlisted(status: int) -> Outcome | CallFailure:
    """As everywhere, but a redirect of one subscription says nothing of the others."""
    return REJECTED if 300 <= status < 400 else fallback_outcome(status)


class WebPush:
    """Sends one app's pushes to browsers."""

    def __init__(self, settings: WebPushSettings, context: AdapterContext) -> None:
        self.supports_dry_run = False
        self.receipt_parser: ReceiptParser | None = (
            None  # docs/reference/vendors/webpush.md#codes: there are no receipts in practice
        )
        self._settings = settings
        self._clock = context.clock
        self._key = read_key(settings.vapid_key_file, "vapid_key_file")
        self._services = Services(settings.hosts, self._client, self._credential, self._clock)

    def prepare(self, push: Push, now: datetime) -> ToServices:
        """Check and render. Raises PayloadRejected."""
        rendered = render(push, now)
        urgent = push.options.priority is Priority.HIGH
        return ToServices(
            self._services,
            rendered.plaintext,
            partial(template, rendered.headers, urgent=urgent, public=public_text(self._key)),
            lambda origin, answer: parse(answer, self._clock.now(), origin),
        )

    async def check(self) -> bool:
        """Sign something; push services offer no way to try a key without a push."""
        self._credential("https://push.example.com")
        return False

    async def close(self) -> None:
        """Close every connection."""
        await self._services.close()

    def _client(self, origin: str) -> Client:
        return open_client(self._settings, origin)

    def _credential(self, origin: str) -> Credential:
        """What says that it is us, to one push service
        (docs/reference/vendors/webpush.md#credentials).
        """
        until = self._clock.now() + JWT_LIFE
        claims = {"aud": origin, "exp": int(until.timestamp()), "sub": self._settings.subject}
        return Credential(jwt.encode(claims, self._key, "ES256"), until)


def template(
    headers: Mapping[str, str], origin: str, token: str, *, public: str, urgent: bool
) -> BurstTemplate:
    """The request to the push service there, under a signature."""
    own = {"authorization": f"vapid t={token}, k={public}", **headers}
    if headers["ttl"] == "0" and _is_microsofts(origin):
        # docs/reference/vendors/webpush.md#requests: else now or never is an error there
        own["x-wns-cache-policy"] = "no-cache"
    pairs = tuple((name.encode(), value.encode()) for name, value in own.items())
    return BurstTemplate(path=b"", headers=pairs, item_in_path_and_body=True, urgent=urgent)


VENDOR = Vendor(
    name="webpush",
    settings=WebPushSettings,
    options=WebPushExtras,
    token_pattern=subscriptions.TOKEN,
    normalize_token=subscriptions.normalize_token,
    token_fault=subscriptions.fault,
    token_hint="the subscription's JSON as the browser gives it, with an https:// endpoint and both keys",
    max_batch=1,
    codes=CODES,
    quota=PushRate(),  # docs/reference/vendors/webpush.md: none is published
    features=frozenset([Feature.IMAGE, Feature.BADGE, Feature.PRIORITY, Feature.COLLAPSE]),
    limits=Limits(max_ttl=LONGEST, max_bytes=subscriptions.MAX_PLAINTEXT),
    open=opener(WebPushSettings, WebPush),
)
