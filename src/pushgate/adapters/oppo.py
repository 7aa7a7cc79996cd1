"""OPPO (HeyTap) Push (VENDORS 8): up to 1,000 notifications a request, each with its own outcome.

With a big picture, which OPPO takes in broadcasts alone: content saved first, then pushed to up to 1,000 terminals.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, Self
from urllib.parse import quote, urlencode

import msgspec
import orjson
from pydantic import Field, SecretStr, model_validator

from pushgate.adapters.contract import (
    Address,
    Call,
    Event,
    Feature,
    Inbox,
    Limits,
    Notice,
    Prepared,
    Push,
    Quota,
    Rule,
    Surroundings,
    Told,
    Vendor,
    VendorSettings,
    Verdict,
)
from pushgate.adapters.oauth import Grants, credential
from pushgate.adapters.receipts import events, instant, read
from pushgate.adapters.rules import (
    SHANGHAI,
    Extras,
    accepted,
    always_shown,
    client_data,
    decoded,
    extras,
    is_null,
    judge,
    known_code,
    limit,
    notice_id,
    of_list,
    opened,
    present,
    seconds_left,
    unanswered,
    unlisted,
    until_midnight_in_shanghai,
)
from pushgate.adapters.sending import Divided, InParts
from pushgate.adapters.session import Form, Session
from pushgate.adapters.two_step import TwoStep
from pushgate.clock import Clock, to_ms
from pushgate.errors import VendorRefused, VendorThrottled
from pushgate.http2.bearer import Bearer, Credential
from pushgate.http2.client import Client
from pushgate.http2.exchange import Answer, Patience, Template
from pushgate.model import Outcome, Priority

MAX_TITLE, MAX_SUBTITLE = 50, 10  # VENDORS 8.2
MAX_CONTENT, MAX_LONG_CONTENT = 50, 128  # VENDORS 8.2: styles 1 and 2
MAX_PARAMETERS = 4000  # VENDORS 8.2
MAX_TOKENS = 1000  # VENDORS 8.2
LONGEST = timedelta(days=10)  # VENDORS 8.2
LIFE, LEAD = timedelta(hours=24), timedelta(hours=4)  # VENDORS 8.1
MAX_ADDRESS = 200  # VENDORS 8.2
DEADLINE = 10.0
FLOW_PAUSE = 2.0  # VENDORS 12.3
ITEM_PAUSE = 60.0  # for single notifications, of what another one of the same call was taken without


class OppoSettings(VendorSettings):
    """`[apps.<app>.oppo]`"""

    endpoint: Address = Field(
        default="https://api-push-cn.heytapmobi.com",
        description="for terminals in China; its host as of 2026",
    )
    overseas_endpoint: Address = Field(
        default="https://api-intl.push.oppomobile.com",
        description="for terminals abroad, told by their registration id",
    )
    app_key: str = Field(max_length=128)
    master_secret: SecretStr
    channel_id: str | None = Field(default=None, description="Android notification channel")
    category: str | None = Field(default=None, description="class of messages that name none")
    notify_level: Literal[1, 2, 16] | None = Field(default=None, description="needs a category")


class OppoExtras(Extras):
    """`options.oppo` (VENDORS 8.2)."""

    subtitle: str | None = None
    channel_id: str | None = None
    category: str | None = None
    notify_level: Literal[1, 2, 16] | None = Field(default=None, description="needs a category")
    small_picture_id: str | None = Field(default=None, max_length=128, description="of OPPO's upload")
    big_picture_id: str | None = Field(
        default=None,
        max_length=128,
        description="of OPPO's upload; the content is saved first, and then pushed",
    )
    url: str | None = Field(
        default=None, max_length=2000, pattern=r"^https?://", description="opened on a click"
    )
    activity: str | None = Field(default=None, max_length=500, description="opened on a click, by its action")
    activity_class: str | None = Field(
        default=None, max_length=500, description="opened on a click, by its class"
    )
    intent: str | None = Field(
        default=None, max_length=2000, description="opened on a click, by an intent URL"
    )
    wifi_only: bool | None = None
    show_ttl: int | None = Field(default=None, ge=0, le=86_400, description="seconds it may be shown")
    show_from: int | None = Field(default=None, ge=0, lt=2**53, description="ms since the epoch")
    show_until: int | None = Field(default=None, ge=0, lt=2**53, description="ms since the epoch")
    private_msg_template_id: str | None = Field(
        default=None, max_length=128, description="of a template that OPPO approved, as private classes need"
    )
    private_title_parameters: dict[str, str] | None = None
    private_content_parameters: dict[str, str] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.show_from is None) != (self.show_until is None):
            raise ValueError("show_from and show_until go together")
        given = self.private_title_parameters or self.private_content_parameters
        if given and not self.private_msg_template_id:
            raise ValueError("private_..._parameters go with private_msg_template_id")
        return self


_INVALID, _REJECTED, _RETRY = Outcome.INVALID, Outcome.REJECTED, Outcome.RETRY


def _rows(codes: str, says: Outcome | Call, meaning: str) -> dict[str, Rule]:
    return dict.fromkeys(codes.split(), Rule(says, meaning))


CODES: Mapping[str, Rule] = {  # VENDORS 8.3
    "0": Rule(Outcome.ACCEPTED, "accepted"),
    "10000": Rule(_INVALID, "the registration id is not valid"),
    # VENDORS 8.3 leaves open whether the terminal is lost or muted: it is kept.
    "10001": Rule(_REJECTED, "the terminal has no subscription (to a push with a picture)", muted=True),
    "10004": Rule(Outcome.ACCEPTED, "the terminal was named before (in a push with a picture)"),
    "32": Rule(Outcome.ACCEPTED, "it was sent to this terminal before"),
    **_rows("40 41", _REJECTED, "an argument is missing or not valid"),
    **_rows(
        "12 20 21 22 23 24 25 31 34 51 59 67",
        _REJECTED,
        "the request is not valid: method, encoding, picture, category",
    ),
    "-1": Rule(Call.UNAVAILABLE, "the service is unavailable"),
    **_rows("-2 55", Call.THROTTLED, "too many requests"),
    **_rows("13 33", Call.DAY_QUOTA, "the day's quota is used up"),
    **_rows("11 29", Call.AUTH, "the access token is not valid"),
    **_rows("14 15 16 17", Call.REFUSED, "the app key or its signature is wrong"),
    **_rows("18 19", Call.AUTH, "the time of the login is not valid: is the clock right?"),
    **_rows(
        "26 27 28 30 54", Call.REFUSED, "the app may not do this: address, state, permission or template"
    ),
}
_AUTH = frozenset(code for code, rule in CODES.items() if rule.says is Call.AUTH)
RECEIPTS: Mapping[str, Told] = {  # VENDORS 8.5
    "push_arrive": Told(Event.DELIVERED, "arrived"),
    "regid_invalid": Told(Event.INVALID, "uninstalled, or offline for 30 days"),
    "user_daily_limit": Told(None, "the terminal had its share for the day"),
}
EVENTS = events(RECEIPTS)


class _Receipt(msgspec.Struct, rename="camel"):
    registration_ids: str = ""
    param: str = ""
    event_type: str = ""
    event_time: str | int = ""


class OppoInbox:
    """OPPO's callbacks (VENDORS 8.5). Nothing signs them but the address."""

    answer = b"{}"

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """There is nothing to check."""
        return None

    def read(self, body: bytes) -> Sequence[Notice]:
        """The events. Raises ValueError."""
        found: list[Notice] = []
        for raw in read(body, list[msgspec.Raw]):
            try:
                receipt = read(raw, _Receipt)
            except ValueError:
                continue  # one that cannot be read must not hide the others
            event = EVENTS.get(receipt.event_type)
            if event and receipt.param:
                tokens = filter(None, (token.strip() for token in receipt.registration_ids.split(",")))
                at = _when(receipt.event_time)
                found += [Notice(event, receipt.param, token, at) for token in tokens]
        return found


def _when(told: str | int) -> datetime | None:
    """VENDORS 8.5 leaves the form open: milliseconds, or a time of day in China."""
    text = str(told).strip()
    if text.isdecimal() and len(text) <= 18:
        return instant(int(text))
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class _Item(msgspec.Struct, rename="camel"):
    registration_id: str = ""
    error_code: str | int | None = None


class _Reply(msgspec.Struct):
    code: int | str | None = None
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Saved(msgspec.Struct):
    message_id: str = ""


class _Token(msgspec.Struct):
    auth_token: str = ""


class _Login(msgspec.Struct):
    code: int = -1
    data: _Token | None = None


def render(
    push: Push, settings: OppoSettings, now: datetime, receipts: str | None = None
) -> dict[str, object]:
    """The notification that all terminals get (VENDORS 8.2). Raises Unsendable."""
    more = extras(push, "oppo", OppoExtras)
    always_shown(push)
    content = push.content
    limit(content.title, MAX_TITLE, "content.title")
    limit(content.body, MAX_CONTENT if more.big_picture_id else MAX_LONG_CONTENT, "content.body")
    limit(more.subtitle or "", MAX_SUBTITLE, "options.oppo.subtitle")
    parameters = orjson.dumps(client_data(push)).decode()
    limit(parameters, MAX_PARAMETERS, "content.data")
    category = more.category or settings.category
    left = seconds_left(push, now, LONGEST)
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
        "notify_level": (more.notify_level or settings.notify_level) if category else None,
        "notify_id": notice_id(push) if push.options.collapse_key else None,
        "call_back_url": receipts,
        "call_back_parameter": push.message_id if receipts else None,
    }
    return present(fields)


def _click(push: Push, more: OppoExtras) -> dict[str, object]:
    if more.activity:
        return {"click_action_type": 1, "click_action_activity": more.activity}
    if more.activity_class:
        return {"click_action_type": 4, "click_action_activity": more.activity_class}
    web, page = opened(push, more.url, more.intent)
    if web:
        return {"click_action_type": 2, "click_action_url": web}
    if page:
        return {"click_action_type": 5, "click_action_url": page}
    return {"click_action_type": 0}


def parse(answer: Answer, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What OPPO said of these tokens (VENDORS 8.3), one verdict each. Raises VendorError about the whole call."""
    code = _code(answer)
    if code == "0":
        return _by_item(answer, tokens, now)
    return of_list(_of_call(answer, code, now, len(tokens)), len(tokens))


def parse_broadcast(answer: Answer, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """The same, of content that was saved before."""
    code = _code(answer)
    if code == "0":
        return _by_code(answer, tokens, now)
    return of_list(_of_call(answer, code, now, len(tokens)), len(tokens))


def _of_call(answer: Answer, code: str, now: datetime, count: int) -> Verdict:
    rule = CODES.get(code)
    if code == "41" and count == 1 and "registration_id" in (_reply(answer).message or ""):
        rule = Rule(_INVALID, "the registration id is not valid, as some clients saw it")
    elif rule is None or (rule.says is Outcome.ACCEPTED and count > 1):
        # Of one terminal a duplicate means that it has it; of many, nobody knows which.
        rule = Rule(_unlisted(answer, code), "an answer that is not in OPPO's documents")
    pause = answer.retry_after or (FLOW_PAUSE if rule.says is Call.THROTTLED else None)
    return judge(rule, code, now, pause)


def _unlisted(answer: Answer, code: str) -> Outcome | Call:
    if answer.status in (401, 403, 404):
        return Call.REFUSED
    return _REJECTED if answer.status == 200 and not code.startswith("http") else unlisted(answer.status)


def _by_item(answer: Answer, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    items = _items(answer)
    if items is None:
        return [unanswered("the list of outcomes is unreadable")] * len(tokens)
    good = accepted()
    codes = {
        item.registration_id: str(item.error_code)
        for item in items
        if item.error_code not in (None, 0, "", "0")
    }
    verdicts = {token: _of_item(known_code(code), now) for token, code in codes.items()}
    return [verdicts.get(token.decode(), good) for token in tokens]


def _items(answer: Answer) -> list[_Item] | None:
    """The outcomes by notification, None where they cannot be read."""
    data = _reply(answer).data
    return [] if is_null(data) else decoded(data, list[_Item])


def _by_code(answer: Answer, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Those that were not taken are listed, by code."""
    told = _reply(answer).data
    data = {} if is_null(told) else decoded(told, dict[str, object])
    if data is None:
        return [unanswered("the lists of outcomes are unreadable")] * len(tokens)
    good = accepted()
    verdicts = {
        token: _of_item(known_code(code), now)
        for code, listed in data.items()
        if code.isdecimal() and isinstance(listed, list)
        for token in listed
        if isinstance(token, str)
    }
    return [verdicts.get(token.decode(), good) for token in tokens]


def _of_item(code: str, now: datetime) -> Verdict:
    rule = CODES.get(code, Rule(_REJECTED, "a code that is not in OPPO's documents"))
    if isinstance(rule.says, Outcome):
        return Verdict(rule.says, code, rule.meaning, muted=rule.muted)
    # What would be said of a call is here said of one notification among others that were taken.
    pause = until_midnight_in_shanghai(now) if rule.says is Call.DAY_QUOTA else ITEM_PAUSE
    return Verdict(_RETRY, code, rule.meaning, pause)


def refuses(answer: Answer) -> bool:
    """Whether the access token does not hold."""
    return _code(answer) in _AUTH


def _code(answer: Answer) -> str:
    """What is said of the whole call; that includes what is said of every notification in it alike."""
    told = _reply(answer).code
    if told is None or answer.status != 200:
        return f"http_{answer.status}"
    if str(told) == "0" and (items := _items(answer)):
        codes = {str(item.error_code) for item in items}
        (code,) = codes if len(codes) == 1 else ("0",)
        if (rule := CODES.get(code)) and isinstance(rule.says, Call):
            return code
    return known_code(str(told))


def _reply(answer: Answer) -> _Reply:
    return decoded(answer.body, _Reply) or _Reply()


class _Host:
    """One of OPPO's hosts."""

    def __init__(self, settings: OppoSettings, address: str, surroundings: Surroundings, name: str) -> None:
        self._settings = settings
        self._address = address
        self._clock = surroundings.clock
        client = Client(
            address,
            ca_file=settings.ca_file,
            proxy=settings.proxy,
            max_connections=settings.max_connections,
            patience=Patience(DEADLINE),
            http1=True,
        )
        self._base = client.base + b"/server/v1/message/notification/"
        self._grants = Grants(settings.ca_file, settings.proxy, self._clock)
        known_as = f"{surroundings.app}:{name}:{settings.app_key}"
        bearer = Bearer(known_as, self._fetch, LEAD, self._clock, surroundings.credentials)
        self.session = Session(client, bearer, refuses)

    def prepare(self, notification: Mapping[str, object], *, urgent: bool) -> Prepared:
        """What sends this notification."""
        if "big_picture_id" in notification:
            return self._broadcast(notification, urgent=urgent)
        form = self._form(b"unicast_batch", b"messages=", urgent=urgent)
        return InParts(self.session, form, MAX_TOKENS, _encoder(orjson.dumps(notification)), self._parse)

    def _broadcast(self, notification: Mapping[str, object], *, urgent: bool) -> TwoStep:
        def push(message_id: str, _count: int) -> InParts:
            fields = {"message_id": message_id, "target_type": 2}
            form = self._form(b"broadcast", urlencode(fields).encode() + b"&target_value=", urgent=urgent)
            return InParts(self.session, form, MAX_TOKENS, _listed, self._parse_broadcast)

        save = self._form(b"save_message_content", b"", urgent=urgent)
        return TwoStep(self.session, (save, _as_form(notification)), self._read_saved, push)

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()
        await self._grants.close()

    def _form(self, call: bytes, before: bytes, *, urgent: bool) -> Form:
        kind = (b"content-type", b"application/x-www-form-urlencoded; charset=UTF-8")

        def template(token: str) -> Template:
            signed = b"auth_token=" + quote(token, safe="").encode() + b"&" + before
            return Template(self._base + call, (kind,), signed, whole=True, urgent=urgent)

        return Form(template)

    def _parse(self, answer: Answer, tokens: Sequence[bytes]) -> Sequence[Verdict]:
        return parse(answer, tokens, self._clock.now())

    def _parse_broadcast(self, answer: Answer, tokens: Sequence[bytes]) -> Sequence[Verdict]:
        return parse_broadcast(answer, tokens, self._clock.now())

    def _read_saved(self, answer: Answer) -> str | Verdict:
        code = _code(answer)
        if code != "0":
            return _of_call(answer, code, self._clock.now(), 1)
        return (decoded(_reply(answer).data, _Saved) or _Saved()).message_id

    async def _fetch(self) -> Credential:
        return await _log_in(self._settings, self._address, self._grants, self._clock)


def is_overseas(token: bytes) -> bool:
    """Whether a registration id is of a terminal abroad (VENDORS 8.1)."""
    parts = token.split(b"_")
    return len(parts) > 1 and not (len(parts) <= 3 and parts[len(parts) - 2] == b"CN")


class Oppo:
    """Sends one app's pushes through OPPO."""

    def __init__(self, settings: OppoSettings, surroundings: Surroundings) -> None:
        self.validates = False
        self.inbox: Inbox | None = OppoInbox()
        self._settings = settings
        self._receipts = surroundings.receipts
        self._china = _Host(settings, settings.endpoint, surroundings, "oppo")
        self._overseas = _Host(settings, settings.overseas_endpoint, surroundings, "oppo-overseas")

    def prepare(self, push: Push, now: datetime) -> Prepared:
        """Check and render. Raises Unsendable."""
        urgent = push.options.priority is Priority.HIGH
        notification = render(push, self._settings, now, self._receipts)
        parts = {
            "china": self._china.prepare(notification, urgent=urgent),
            "overseas": self._overseas.prepare(notification, urgent=urgent),
        }
        return Divided(parts, lambda token: "overseas" if is_overseas(token) else "china")

    async def check(self) -> None:
        """Log in, in China: not every app has terminals abroad."""
        await self._china.session.check()

    async def close(self) -> None:
        """Close every connection."""
        await self._china.close()
        await self._overseas.close()


async def _log_in(settings: OppoSettings, address: str, grants: Grants, clock: Clock) -> Credential:
    """VENDORS 8.1. Raises VendorError."""
    now = clock.now()
    stamp, secret = str(to_ms(now)), settings.master_secret.get_secret_value()
    sign = hashlib.sha256(f"{settings.app_key}{stamp}{secret}".encode()).hexdigest()
    form = {"app_key": settings.app_key, "timestamp": stamp, "sign": sign}
    login = await grants.ask(f"{address.rstrip('/')}/server/v1/auth", form, _Login)
    if login.code == 0 and login.data and login.data.auth_token:
        return credential(login.data.auth_token, now, LIFE.total_seconds())
    if str(login.code) in ("-1", "-2", "55", "13"):
        pause = until_midnight_in_shanghai(now) if login.code == 13 else FLOW_PAUSE
        raise VendorThrottled(f"token_{login.code}", "OPPO takes no logins now", pause)
    raise VendorRefused(f"token_{login.code}", "OPPO refuses the app's key, secret or clock")


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


def _open(settings: VendorSettings, surroundings: Surroundings) -> Oppo:
    assert isinstance(settings, OppoSettings)
    return Oppo(settings, surroundings)


VENDOR = Vendor(
    name="oppo",
    settings=OppoSettings,
    extras=OppoExtras,
    # Opaque printable text without quotes; a comma or a semicolon would end it in a list of ids.
    token=re.compile(r"[!#-+\--:<-\[\]-~]{4,1024}"),
    batch=MAX_TOKENS,
    codes=CODES,
    quota=Quota(5_000),  # VENDORS 8.4: the least, for fewer than 10 million users
    features=frozenset([Feature.COLLAPSE]),
    limits=Limits(LONGEST, MAX_TITLE, MAX_LONG_CONTENT),
    open=_open,
    receipts=RECEIPTS,
    max_address=MAX_ADDRESS,
)
