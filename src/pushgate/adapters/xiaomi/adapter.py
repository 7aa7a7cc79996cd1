"""Xiaomi MiPush (docs/reference/vendors/xiaomi.md): up to 1,000 registration ids a request; HTTP
200 says nothing, the code does.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import parse_qs, quote, urlencode

import msgspec
import orjson
from pydantic import Field, SecretStr, StringConstraints, model_validator

from pushgate.adapters.contract import (
    AdapterContext,
    CallFailure,
    EndpointUrl,
    Feature,
    Limits,
    Push,
    ReceiptCode,
    ReceiptEvent,
    ReceiptParser,
    ReportedEvent,
    ResponseCode,
    Vendor,
    VendorSettings,
    Verdict,
)
from pushgate.adapters.option_rules import none_without_effect
from pushgate.adapters.receipts import events, instant, read
from pushgate.adapters.rules import (
    Classes,
    accepted,
    at_status,
    click_target,
    client_data,
    decoded,
    extras,
    fallback_outcome,
    intent_uri,
    judge,
    limit,
    notice_id,
    seconds_left,
    succeeded,
    without_picture,
)
from pushgate.adapters.sending import BatchSender
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.xiaomi.options import HANDED_ON, OF_SHOWN, XiaomiExtras
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Category, Priority
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.client import Client
from pushgate.http2.exchange import BurstTemplate, Response, Timeouts

MAX_TITLE = 49  # docs/reference/vendors/xiaomi.md#limits: fewer than 50
MAX_DESCRIPTION = 127  # docs/reference/vendors/xiaomi.md#limits: fewer than 128
MAX_TOKENS = 1000  # docs/reference/vendors/xiaomi.md#limits
LONGEST = timedelta(days=14)  # docs/reference/vendors/xiaomi.md#expiry
MAX_ADDRESS = 512  # a limit of ours: docs/reference/vendors/xiaomi.md#limits has none
DEADLINE = 10.0
FLOW_PAUSE = 2.0  # docs/reference/vendors/index.md#pauses

_HOSTS = {  # docs/reference/vendors/xiaomi.md#requests
    "china": "https://api.xmpush.xiaomi.com",
    "global": "https://api.xmpush.global.xiaomi.com",
    "russia": "https://ru-api.xmpush.global.xiaomi.com",
    "india": "https://idmb-api.xmpush.global.xiaomi.com",
    "europe": "https://fr-api.xmpush.global.xiaomi.com",
    "singapore": "https://sgp-api.xmpush.global.xiaomi.com",
}


class XiaomiSettings(VendorSettings):
    """`[apps.<app>.xiaomi]`"""

    endpoint: EndpointUrl = Field(default="", description="the host to call; unset = the region's")
    region: Literal["china", "global", "russia", "india", "europe", "singapore"] = "china"
    package: str = Field(pattern=r"^[A-Za-z0-9_.]{1,255}$", description="the app's package name")
    app_secret: SecretStr = Field(description="the app's secret")
    channel_id: str | None = Field(
        default=None,
        description="of messages without a category; required by Xiaomi in mainland China since 2024-11-04",
    )
    channels: dict[Category, Annotated[str, StringConstraints(min_length=1)]] = Field(
        default_factory=dict,
        description="by `options.category`, the id of the channel, which is Xiaomi's class of message",
    )
    max_payload: int = Field(
        default=4096,
        ge=1024,
        le=1_000_000,
        description="bytes of data; Xiaomi's limit is about so, not confirmed",
    )
    revoke_path: str = Field(
        default="/v3/message/regid/revoke",
        pattern=r"^/[A-Za-z0-9_/]{1,200}$",
        description="the call that takes pushes back; v1 and v2 end on 2026-12-01",
    )
    revoke_ids: str = Field(
        default="registration_ids",
        pattern=r"^[a-z_]{1,40}$",
        description="its field for the registration ids, as the vendor's own library names it; not confirmed for v3",
    )

    def classes(self) -> Classes:
        """The app's channels. Channels are each app's own, so that there is no table for all."""
        return {category: {"channel_id": channel} for category, channel in self.channels.items()}

    @model_validator(mode="before")
    @classmethod
    def _host(cls, values: object) -> object:
        if isinstance(values, dict) and not values.get("endpoint"):
            return {**values, "endpoint": _HOSTS.get(str(values.get("region")), _HOSTS["china"])}
        return values


_INVALID, _REJECTED, _RETRY = Outcome.INVALID, Outcome.REJECTED, Outcome.RETRY


def _rows(
    codes: str, says: Outcome | CallFailure, meaning: str, scope: RefusalScope = RefusalScope.APP
) -> dict[str, ResponseCode]:
    return dict.fromkeys(codes.split(), ResponseCode(says, meaning, scope=scope))


CODES: Mapping[str, ResponseCode] = {  # docs/reference/vendors/xiaomi.md#codes
    "0": ResponseCode(Outcome.ACCEPTED, "accepted"),
    "bad_regids": ResponseCode(_INVALID, "the registration id is not valid"),
    **_rows("20301", _INVALID, "no target is valid"),
    **_rows("10029 65003", _INVALID, "there is no such device"),
    **_rows(
        "10001 10002 10003 1 -1 20607 26003 65029",
        CallFailure.UNAVAILABLE,
        "Xiaomi is busy or has an internal error",
    ),
    **_rows("10027 26004", CallFailure.THROTTLED, "too many requests"),
    "10034": ResponseCode(CallFailure.DAY_QUOTA, "the day's quota is used up", scope=RefusalScope.CHANNEL),
    "200001": ResponseCode(
        CallFailure.DAY_QUOTA, "the channel's quota of the day is used up", scope=RefusalScope.CHANNEL
    ),
    "10037": ResponseCode(_RETRY, "the request came too late"),
    **_rows(
        "10008 10012 10016 10017 21305 65009 65014 65015 65036 65037 65038",
        _REJECTED,
        "a parameter is not valid or too long",
    ),
    **_rows("21301 21302", CallFailure.REFUSED, "the app secret is wrong"),
    **_rows(
        "21303 10031 10036 22000 22006 22007 22022 26006",
        CallFailure.REFUSED,
        "the app may not do this: id, package or review state",
    ),
    # Which of these concern the channel alone is not documented. If it is the app, each channel finds it out.
    **_rows(
        "22102 27001 66108",
        CallFailure.REFUSED,
        "the app may not do this: channel, permission or review state",
        RefusalScope.CHANNEL,
    ),
    **_rows("65028", _REJECTED, "there is no such message"),
}


class _Data(msgspec.Struct):
    bad_regids: str | list[str] | None = None


# docs/reference/vendors/xiaomi.md#receipts: bits, whose sum is asked for
RECEIPTS: Mapping[str, ReceiptCode] = {
    "1": ReceiptCode(ReportedEvent.DELIVERED, "arrived"),
    "2": ReceiptCode(ReportedEvent.CLICKED, "clicked"),
    "16": ReceiptCode(ReportedEvent.INVALID, "uninstalled, of another region, or offline for 90 days"),
    "32": ReceiptCode(ReportedEvent.MUTED, "notifications are turned off"),
    "64": ReceiptCode(None, "a filter of the message keeps it back"),
    "128": ReceiptCode(None, "the device had its share for the day"),
}
EVENTS = events(RECEIPTS)
_ASKED_FOR = str(sum(map(int, EVENTS)))


class _Receipt(msgspec.Struct):
    param: str = ""
    type: int = 0
    targets: str = ""
    timestamp: object = None


class XiaomiReceiptParser:
    """Xiaomi's callbacks (docs/reference/vendors/xiaomi.md#receipts): a form with JSON by message.
    Nothing signs them but the address.
    """

    answer = b"{}"

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """There is nothing to check."""
        return None

    def read(self, body: bytes) -> Sequence[ReceiptEvent]:
        """The events. Raises ValueError."""
        (data,) = parse_qs(body.decode(), strict_parsing=True, max_num_fields=10).get("data") or [""]
        found: list[ReceiptEvent] = []
        for raw in read(data, dict[str, msgspec.Raw]).values():
            try:
                receipt = read(raw, _Receipt)
            except ValueError:
                continue  # one that cannot be read must not hide the others
            event, at = EVENTS.get(str(receipt.type)), instant(receipt.timestamp)
            if event and receipt.param:
                tokens = filter(None, (token.strip() for token in receipt.targets.split(",")))
                found += [ReceiptEvent(event, receipt.param, token, at) for token in tokens]
        return found


class _Reply(msgspec.Struct):
    code: int | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


def render(push: Push, settings: XiaomiSettings, now: datetime, receipts: str | None = None) -> bytes:
    """The form without the registration ids (docs/reference/vendors/xiaomi.md#requests). Raises
    PayloadRejected.
    """
    more = _options(push, settings)
    content, options = push.content, push.options
    for field, text, most in (("title", content.title, MAX_TITLE), ("body", content.body, MAX_DESCRIPTION)):
        if options.silent:
            continue
        limit(text, most, f"content.{field}")
        if not text.strip():
            raise PayloadRejected("blank", f"content.{field}", "must not be blank for this vendor")
    payload = orjson.dumps(client_data(push))
    limit(payload, settings.max_payload, "content.data", "bytes")
    web, page = click_target(push, more.url, more.intent_uri)
    fields = {
        "restricted_package_name": settings.package,
        "title": None if options.silent else content.title,
        # Required of silent pushes, too, which show none of it.
        "description": content.body[:MAX_DESCRIPTION].strip() or "-" if options.silent else content.body,
        "payload": payload,
        "pass_through": str(int(options.silent)),
        "notify_type": str(-1 if more.notify_type is None else more.notify_type),
        # Equal ids replace each other on the device.
        "notify_id": str(notice_id(push)),
        "time_to_live": str(max(1, seconds_left(push, now, LONGEST)) * 1000),
        "extra.channel_id": more.channel_id or settings.channel_id,
        "extra.notify_effect": "3" if web else "2" if page else "1",
        "extra.web_uri": web,
        "extra.intent_uri": page and intent_uri(page),
        "extra.notify_foreground": None
        if more.notify_foreground is None
        else str(int(more.notify_foreground)),
        **{f"extra.{name}": getattr(more, name) for name in HANDED_ON},
        **{f"extra.{key}": value for key, value in (more.extra or {}).items()},
        "extra.callback": receipts,
        "extra.callback.param": push.message_id if receipts else None,
        "extra.callback.type": _ASKED_FOR if receipts else None,
        "extra.only_send_once": None if options.ttl else "1",
        # The client shows the first message of a jobkey only, should one be sent twice.
        "extra.jobkey": hashlib.blake2b(push.message_id.encode(), digest_size=10).hexdigest(),
    }
    return urlencode(
        {key: value for key, value in fields.items() if value is not None}, quote_via=quote
    ).encode()


def _options(push: Push, settings: XiaomiSettings) -> XiaomiExtras:
    """The message's options for Xiaomi. Raises PayloadRejected for those that this kind of push does not take."""
    if push.options.silent:
        if settings.region == "china":
            told = "reaches nobody: in mainland China Xiaomi has delivered no silent push since 2022"
            raise PayloadRejected("unsupported", "options.silent", told)
        none_without_effect(push, "xiaomi", OF_SHOWN, "a silent push")
    return extras(push, "xiaomi", XiaomiExtras, settings.classes())


def parse(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What Xiaomi said of these ids (docs/reference/vendors/xiaomi.md#codes), one verdict each.
    Raises VendorError about the whole call.
    """
    reply = _reply(answer)
    code = str(reply.code) if reply.code is not None else f"http_{answer.status}"
    if code == "0" and succeeded(answer.status):
        dead = _dead(reply)
        bad = Verdict(_INVALID, "bad_regids", CODES["bad_regids"].meaning)
        good = accepted()
        return [bad if token.decode() in dead else good for token in tokens]
    rule = CODES.get(code)
    if rule is None or code == "0":
        says = _unlisted(answer, readable=reply.code is not None)
        rule = ResponseCode(says, "an answer that is not in Xiaomi's documents")
    rule = at_status(rule, answer.status)
    pause = answer.retry_after(now) or (FLOW_PAUSE if rule.says is CallFailure.THROTTLED else None)
    return [judge(rule, code, now, pause)] * len(tokens)


def _unlisted(answer: Response, *, readable: bool) -> Outcome | CallFailure:
    if answer.status in (401, 403, 404):
        return CallFailure.REFUSED
    return _REJECTED if readable and succeeded(answer.status) else fallback_outcome(answer.status)


def _dead(reply: _Reply) -> frozenset[str]:
    """The ids that the answer calls invalid, listed with commas, or as JSON does. Where it is said otherwise, nobody is."""
    told = (decoded(reply.data, _Data) or _Data()).bad_regids or ""
    return frozenset(part.strip() for part in (told.split(",") if isinstance(told, str) else told))


def _reply(answer: Response) -> _Reply:
    return decoded(answer.body, _Reply, strict=False) or _Reply()


class Xiaomi:
    """Sends one app's pushes through Xiaomi."""

    def __init__(self, settings: XiaomiSettings, surroundings: AdapterContext) -> None:
        self.validates = False
        self.inbox: ReceiptParser | None = XiaomiReceiptParser()
        self._settings = settings
        self._receipts = surroundings.receipts
        self._clock = surroundings.clock
        client = Client(
            settings.endpoint,
            ca_file=settings.ca_file,
            proxy=settings.proxy,
            max_connections=settings.max_connections,
            patience=Timeouts(DEADLINE),
            http1=True,
        )
        self._path = client.base + b"/v3/message/regid"
        self._revoke_path = client.base + settings.revoke_path.encode()
        self._headers = (
            (b"authorization", b"key=" + settings.app_secret.get_secret_value().encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
        )
        self._session = Session(client)

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        before = render(push, self._settings, now, self._receipts) + b"&registration_id="
        form = RequestTemplate(
            lambda _: BurstTemplate(self._path, self._headers, before, whole=True, urgent=urgent)
        )
        channel = _options(push, self._settings).channel_id or self._settings.channel_id
        scopes = {RefusalScope.CHANNEL: channel or ""}
        return BatchSender(self._session, form, MAX_TOKENS, _encode, self._parse, scopes)

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Of its channel, and of a picture."""
        return () if push.options.silent else [*self._of_channel(push), *without_picture(push)]

    def _of_channel(self, push: Push) -> Sequence[FieldError]:
        """That the push goes through another channel than its category has or, in mainland China, through none."""
        classes, category = self._settings.classes(), push.options.category
        if push.options.vendors.get("xiaomi", {}).get("channel_id"):
            return ()
        if category and category not in classes:
            told = f"has no effect: the app has no channel for {category}; set it in xiaomi.channels"
            return [FieldError("options.category", told)]
        if category or self._settings.channel_id or self._settings.region != "china":
            return ()
        told = "is not set, and the app has no channel for such pushes: Xiaomi refuses them, or shows one a day; set xiaomi.channel_id"
        return [FieldError("options.category", told)]

    def recall(self, push: Push) -> BatchSender:
        """Take it back (docs/reference/vendors/xiaomi.md#recall), by the number it is shown under.
        Raises PayloadRejected for pushes that show nothing.
        """
        if push.options.silent:
            raise PayloadRejected(
                "nothing_shown", "options.silent", "a silent push shows nothing to take back"
            )
        fields = {"restricted_package_name": self._settings.package, "notify_id": notice_id(push)}
        before = f"{urlencode(fields)}&{self._settings.revoke_ids}=".encode()
        form = RequestTemplate(lambda _: BurstTemplate(self._revoke_path, self._headers, before, whole=True))
        return BatchSender(self._session, form, MAX_TOKENS, _encode, self._parse)

    async def check(self) -> bool:
        """The secret is static, and no call of the vendor tries it without a push."""
        return False

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    def _parse(self, answer: Response, tokens: Sequence[bytes]) -> Sequence[Verdict]:
        return parse(answer, tokens, self._clock.now())


def _encode(tokens: Sequence[bytes]) -> bytes:
    return quote(b",".join(tokens)).encode()


def _open(settings: VendorSettings, surroundings: AdapterContext) -> Xiaomi:
    assert isinstance(settings, XiaomiSettings)
    return Xiaomi(settings, surroundings)


VENDOR = Vendor(
    name="xiaomi",
    settings=XiaomiSettings,
    extras=XiaomiExtras,
    # Opaque printable text; a comma would end it in the list of ids.
    token=re.compile(r"[!#-+\--\[\]-~]{4,1024}"),
    batch=MAX_TOKENS,
    codes=CODES,
    quota=PushRate(3_000),  # docs/reference/vendors/xiaomi.md#quotas: the least that `flow_control` takes
    features=frozenset([Feature.COLLAPSE, Feature.RECALL]),
    limits=Limits(LONGEST, MAX_TITLE, MAX_DESCRIPTION),
    open=_open,
    receipts=RECEIPTS,
    max_receipt_url=MAX_ADDRESS,
)
