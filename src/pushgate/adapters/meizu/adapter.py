"""Meizu (Flyme) Push (docs/reference/vendors/meizu.md): up to 100 push ids a request, each request
signed.
"""

import hashlib
import hmac
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
import orjson
from pydantic import Field, SecretStr

from pushgate.adapters.contract import (
    AdapterContext,
    CallFailure,
    EndpointUrl,
    Feature,
    InvalidSignature,
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
from pushgate.adapters.meizu.options import CLASSES, MeizuExtras
from pushgate.adapters.receipts import events, read
from pushgate.adapters.rules import (
    accepted,
    always_shown,
    client_data,
    collapse_name,
    decoded,
    extras,
    fallback_outcome,
    fits,
    is_null,
    judge,
    known_code,
    limit,
    present,
    seconds_left,
    succeeded,
    unanswered,
    unclassed,
    until_midnight_in_shanghai,
    without_picture,
)
from pushgate.adapters.sending import BatchSender
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Priority
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.client import Client
from pushgate.http2.exchange import BurstTemplate, Response, Timeouts

PATH = b"/garcia/api/server/push/varnished/pushByPushId"
MOVED_FOR = timedelta(hours=1)
MAX_ELSEWHERE = 4
MAX_TITLE, MAX_CONTENT = 32, 100  # docs/reference/vendors/meizu.md#limits
MAX_TOKENS = 100  # docs/reference/vendors/meizu.md#limits
MAX_MESSAGE = 4096  # bytes; no document has a limit
LONGEST = timedelta(hours=72)  # docs/reference/vendors/meizu.md#expiry
MAX_ADDRESS = 128  # docs/reference/vendors/meizu.md#limits
DEADLINE = 10.0
FLOW_PAUSE = 2.0  # docs/reference/vendors/index.md#pauses
_HOUR = 3600


class MeizuSettings(VendorSettings):
    """`[apps.<app>.meizu]`"""

    endpoint: EndpointUrl = "https://server-api-push.meizu.com"
    app_id: str = Field(pattern=r"^[0-9]{1,20}$")
    app_secret: SecretStr
    private: bool = Field(
        default=False, description="messages that name no class are private, not public ones"
    )
    vip: bool = Field(
        default=False, description="the app is one of Meizu's VIP apps, whose notifications may have an image"
    )
    max_message: int = Field(
        default=MAX_MESSAGE,
        ge=1024,
        le=1_000_000,
        description="bytes of messageJson; no document has a limit",
    )
    receipt_token: SecretStr | None = Field(
        default=None, description="the access_token of receipts, if you know it; others are then refused"
    )


_INVALID, _REJECTED, _RETRY = Outcome.INVALID, Outcome.REJECTED, Outcome.RETRY


def _rows(
    codes: str, says: Outcome | CallFailure, meaning: str, scope: RefusalScope = RefusalScope.APP
) -> dict[str, ResponseCode]:
    return dict.fromkeys(codes.split(), ResponseCode(says, meaning, scope=scope))


TODAY = "id_110011"
CODES: Mapping[
    str, ResponseCode
] = {  # docs/reference/vendors/meizu.md#codes; `id_...` are the codes of single push ids, which may mean other things
    "200": ResponseCode(Outcome.ACCEPTED, "accepted"),
    "300": ResponseCode(
        CallFailure.UNAVAILABLE, "Meizu points to another server: the next attempt goes there"
    ),
    **_rows("500 1001 1003", CallFailure.UNAVAILABLE, "Meizu has an internal error"),
    "110010": ResponseCode(CallFailure.THROTTLED, "too many requests"),
    **_rows(
        "110019 110051 110053",
        CallFailure.DAY_QUOTA,
        "the day's quota, or the contract's, is used up",
        RefusalScope.CLASS,
    ),
    **_rows("1005 110004 110032", _REJECTED, "a parameter is not valid"),
    **_rows("110002 110003", _INVALID, "the push id is not valid"),
    **_rows(
        "1006 110000 110001 110009 110031 110033",
        CallFailure.REFUSED,
        "the app id, its secret or its signature is wrong",
    ),
    **_rows("id_110002 id_110003", _INVALID, "the push id is not valid, or not subscribed"),
    "id_110005": ResponseCode(_REJECTED, "the alias is not valid"),
    "id_110010": ResponseCode(_REJECTED, "the user has turned notifications off", muted=True),
    TODAY: ResponseCode(_RETRY, "the terminal has had its share of public messages for today"),
    "id_520": ResponseCode(_RETRY, "too many messages to this terminal within a minute"),
    **_rows("id_501 id_513 id_519", _RETRY, "Meizu could not push to it just now"),
    "id_201": ResponseCode(_REJECTED, "the app may not push to it"),
}
RECEIPTS: Mapping[str, ReceiptCode] = {  # docs/reference/vendors/meizu.md#receipts
    "1": ReceiptCode(ReportedEvent.DELIVERED, "arrived"),
    "2": ReceiptCode(ReportedEvent.CLICKED, "clicked"),
}
EVENTS = events(RECEIPTS)


class _Receipt(msgspec.Struct):
    param: str = ""
    type: int = 0
    targets: list[str] = []


class MeizuReceiptParser:
    """Meizu's callbacks (docs/reference/vendors/meizu.md#receipts): a form with JSON by message,
    and a token that names the sender.
    """

    answer = b"{}"

    def __init__(self, token: SecretStr | None = None) -> None:
        self._token = token

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """Compare the token, if the app knows it. Raises InvalidSignature."""
        if self._token is not None:
            try:
                told = (parse_qs(body.decode(), max_num_fields=10).get("access_token") or [""])[0]
            except ValueError:
                told = ""
            if not hmac.compare_digest(told.encode(), self._token.get_secret_value().encode()):
                raise InvalidSignature("the access_token is not the app's")
        return None

    def read(self, body: bytes) -> Sequence[ReceiptEvent]:
        """The events. Raises ValueError."""
        (told,) = parse_qs(body.decode(), strict_parsing=True, max_num_fields=10).get("cb") or [""]
        found: list[ReceiptEvent] = []
        for raw in read(told, dict[str, msgspec.Raw]).values():
            try:
                receipt = read(raw, _Receipt)
            except ValueError:
                continue  # one that cannot be read must not hide the others
            event = EVENTS.get(str(receipt.type))
            if event and receipt.param:
                found += [ReceiptEvent(event, receipt.param, token) for token in receipt.targets if token]
        return found


class _Reply(msgspec.Struct):
    code: int | str | None = None
    value: msgspec.Raw = msgspec.Raw(b"null")
    redirect: str | None = None


def render(push: Push, settings: MeizuSettings, now: datetime, receipts: str | None = None) -> bytes:
    """`messageJson` (docs/reference/vendors/meizu.md#requests). Raises PayloadRejected."""
    more = extras(push, "meizu", MeizuExtras, CLASSES)
    always_shown(push)
    content = push.content
    limit(push.message_id, 64, "id")
    limit(content.title, MAX_TITLE, "content.title")
    limit(content.body, MAX_CONTENT, "content.body")
    private = _is_private(more, settings)
    left = seconds_left(push, now, LONGEST)
    notification = _switches(vibrate=more.vibrate, lights=more.lights, sound=more.sound)
    advance: dict[str, object] = _switches(suspend=more.suspend, clearNoticeBar=more.clear_notice_bar)
    if notification:
        advance["notificationType"] = notification
    advance["notifyKey"] = f"{zlib.crc32(collapse_name(push).encode()):08x}"
    message = {
        "noticeBarInfo": {"noticeMsgType": int(private), "title": content.title, "content": content.body},
        "noticeExpandInfo": _unfolded(push, more, vip=settings.vip),
        "clickTypeInfo": {**_click(push, more), "parameters": client_data(push)},
        "pushTimeInfo": {"offLine": int(left > 0), "validTime": max(1, -(-left // _HOUR))},
        "advanceInfo": advance,
        "extra": {
            "callback": receipts,
            "callback.param": push.message_id,
            "callback.type": sum(map(int, EVENTS)),
        }
        if receipts
        else None,
    }
    return fits(orjson.dumps(present(message)), settings.max_message, "the message")


def _switches(**fields: bool | None) -> dict[str, object]:
    return {name: int(value) for name, value in fields.items() if value is not None}


def _unfolded(push: Push, more: MeizuExtras, *, vip: bool) -> dict[str, object] | None:
    """What is seen once it is unfolded: the picture or the text. Raises PayloadRejected where both are set."""
    if vip and push.content.image:
        if more.expanded is not None:
            told = "has no effect beside content.image, which is shown in its place; leave one of the two out"
            raise PayloadRejected("bad_option", "options.meizu.expanded", told)
        return {"noticeExpandType": 2, "noticeExpandImgUrl": push.content.image}
    return {"noticeExpandType": 1, "noticeExpandContent": more.expanded} if more.expanded else None


def _click(push: Push, more: MeizuExtras) -> dict[str, object]:
    if more.activity:
        return {"clickType": 1, "activity": more.activity}
    # docs/reference/vendors/meizu.md#options: a web page, or a URI of the app's own.
    link = more.url or push.content.url
    return {"clickType": 2, "url": link} if link else {"clickType": 0}


def _is_private(more: MeizuExtras, settings: MeizuSettings) -> bool:
    return settings.private if more.private is None else more.private


def parse(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What Meizu said of these push ids (docs/reference/vendors/meizu.md#codes), one verdict each.
    Raises VendorError about the whole call.
    """
    reply = _reply(answer)
    readable = reply.code is not None and succeeded(answer.status)
    code = known_code(str(reply.code)) if readable else f"http_{answer.status}"
    if code == "200":
        return _by_id(reply, tokens, now)
    rule = CODES.get(code)
    if rule is None:
        refused = answer.status in (401, 403, 404)
        says = CallFailure.REFUSED if refused else _REJECTED if readable else fallback_outcome(answer.status)
        rule = ResponseCode(says, "an answer that is not in Meizu's documents")
    pause = answer.retry_after(now) or (FLOW_PAUSE if rule.says is CallFailure.THROTTLED else None)
    return [judge(rule, code, now, pause)] * len(tokens)


def _by_id(reply: _Reply, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """Only ids that failed are told: by code, or, as some clients saw it, the code by id."""
    good = accepted()
    # Of none it is not there, or an empty text.
    nobody = is_null(reply.value) or decoded(reply.value, str) is not None
    value = {} if nobody else decoded(reply.value, dict[str, list[str] | str | int])
    if value is None:
        return [unanswered("the list of failed ids is unreadable")] * len(tokens)
    failed: dict[str, str] = {}
    for key, told in value.items():
        failed.update(dict.fromkeys(told, key) if isinstance(told, list) else {key: str(told)})
    verdicts = {token: _of_id(code, now) for token, code in failed.items()}
    return [verdicts.get(token.decode(), good) for token in tokens]


def _of_id(told: str, now: datetime) -> Verdict:
    code = known_code(f"id_{told}")
    rule = CODES.get(code, ResponseCode(_REJECTED, "a code that is not in Meizu's documents"))
    assert isinstance(rule.says, Outcome)
    pause = until_midnight_in_shanghai(now) if code == TODAY else None
    return Verdict(rule.says, code, rule.meaning, pause, muted=rule.muted)


def _reply(answer: Response) -> _Reply:
    return decoded(answer.body, _Reply) or _Reply()


class Meizu:
    """Sends one app's pushes through Meizu."""

    def __init__(self, settings: MeizuSettings, surroundings: AdapterContext) -> None:
        self.validates = False
        self.inbox: ReceiptParser | None = MeizuReceiptParser(settings.receipt_token)
        self._settings = settings
        self._receipts = surroundings.receipts
        self._clock = surroundings.clock
        self._home = self._way(settings.endpoint)
        self._elsewhere: dict[str, _Way] = {}
        self._moved: tuple[_Way, datetime] | None = None

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        message = render(push, self._settings, now, self._receipts)
        way = self._moved[0] if self._moved and now < self._moved[1] else self._home
        app_id = self._settings.app_id
        before = f"appId={app_id}&messageJson={quote(message, safe='')}&".encode()
        kind = (b"content-type", b"application/x-www-form-urlencoded; charset=UTF-8")
        form = RequestTemplate(lambda _: BurstTemplate(way.path, (kind,), before, whole=True, urgent=urgent))
        encode = signed(app_id, message, self._settings.app_secret.get_secret_value())

        def judge(answer: Response, tokens: Sequence[bytes]) -> Sequence[Verdict]:
            if way is self._home:
                self._follow(answer)
            return parse(answer, tokens, self._clock.now())

        private = _is_private(extras(push, "meizu", MeizuExtras, CLASSES), self._settings)
        scopes = {RefusalScope.CLASS: "private" if private else "public"}
        return BatchSender(way.session, form, MAX_TOKENS, encode, judge, scopes)

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That the push is a public one, where nothing says what class it is of, and of a picture that is not shown."""
        found = [] if self._settings.private else unclassed(push, "meizu", CLASSES)
        return found if self._settings.vip else [*found, *without_picture(push)]

    def _way(self, address: str, path: bytes = PATH) -> "_Way":
        settings = self._settings
        client = Client(
            address,
            ca_file=settings.ca_file,
            proxy=settings.proxy,
            max_connections=settings.max_connections,
            patience=Timeouts(DEADLINE),
            http1=True,
        )
        return _Way(Session(client), client.base + path)

    def _follow(self, answer: Response) -> None:
        """Where Meizu points to another server of its own, pushes go there for a while
        (docs/reference/vendors/meizu.md#codes): once, for what is said there is not followed any
        further.
        """
        reply = _reply(answer)
        if str(reply.code) != "300" or not (found := redirect(reply.redirect or "", self._settings.endpoint)):
            return
        if found not in self._elsewhere and len(self._elsewhere) < MAX_ELSEWHERE:
            parts = urlsplit(found)
            path = parts.path.encode() if parts.path.strip("/") else PATH
            self._elsewhere[found] = self._way(f"https://{parts.netloc}", path)
        if found in self._elsewhere:
            self._moved = (self._elsewhere[found], self._clock.now() + MOVED_FOR)

    async def check(self) -> bool:
        """The secret is static, and no call of the vendor tries it without a push."""
        return False

    async def close(self) -> None:
        """Close every connection."""
        for way in (self._home, *self._elsewhere.values()):
            await way.session.close()


@dataclass(frozen=True, slots=True)
class _Way:
    """A server of Meizu's, and where on it pushes go."""

    session: Session
    path: bytes


def redirect(written: str, endpoint: str) -> str | None:
    """Where an answer points to, if that is the vendor's own: the endpoint's host, or one of its domain, by https."""
    home = urlsplit(endpoint).hostname or ""
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    domain = home.partition(".")[2]
    own = host == home or (
        "." in domain and not home.replace(".", "").isdigit() and host.endswith(f".{domain}")
    )
    plain = re.fullmatch(r"[A-Za-z0-9.:-]+", parts.netloc) and re.fullmatch(r"[A-Za-z0-9/._-]*", parts.path)
    good = parts.scheme == "https" and own and plain and written.isprintable()
    return f"https://{parts.netloc}{parts.path}" if good else None


def signed(app_id: str, message: bytes, secret: str) -> Callable[[Sequence[bytes]], bytes]:
    """Writes push ids with the signature of the whole request
    (docs/reference/vendors/meizu.md#requests): parameters by name, then the secret.
    """
    begun = hashlib.md5(f"appId={app_id}messageJson=".encode() + message + b"pushIds=", usedforsecurity=False)

    def encode(tokens: Sequence[bytes]) -> bytes:
        joined = b",".join(tokens)
        whole = begun.copy()
        whole.update(joined + secret.encode())
        return f"pushIds={quote(joined, safe='')}&sign={whole.hexdigest()}".encode()

    return encode


def _open(settings: VendorSettings, surroundings: AdapterContext) -> Meizu:
    assert isinstance(settings, MeizuSettings)
    return Meizu(settings, surroundings)


VENDOR = Vendor(
    name="meizu",
    settings=MeizuSettings,
    extras=MeizuExtras,
    # Opaque printable text; a comma would end it in the list of ids.
    token=re.compile(r"[!#-+\--\[\]-~]{4,1024}"),
    batch=MAX_TOKENS,
    codes=CODES,
    quota=PushRate(200),  # docs/reference/vendors/meizu.md#quotas: quoted by an aggregator
    features=frozenset([Feature.COLLAPSE]),
    limits=Limits(LONGEST, MAX_TITLE, MAX_CONTENT, MAX_MESSAGE),
    open=_open,
    receipts=RECEIPTS,
    max_receipt_url=MAX_ADDRESS,
    classes=CLASSES,
)
