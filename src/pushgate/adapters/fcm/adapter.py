"""FCM HTTP v1 (docs/reference/vendors/fcm.md): one request a token; the body is joined around the
token.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import jwt
import msgspec
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pushgate.adapters.client_data import URL_KEY, client_data
from pushgate.adapters.closing import closing
from pushgate.adapters.collapse import collapse_name
from pushgate.adapters.contract import NO_SCOPES, Push, Verdict
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.fcm.options import Apple, FcmExtras, OnAndroid, Web
from pushgate.adapters.push_checks import require_no_options
from pushgate.adapters.response_codes import (
    CallFailure,
    ResponseCode,
    accepted,
    fallback_outcome,
    is_success,
    judge,
    known_code,
)
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.session_adapter import RENEW_BEFORE, SessionAdapter, open_client
from pushgate.adapters.single_token import SingleTokenSender
from pushgate.adapters.text_limits import require_size
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.vendor_json import decode_json, without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vendor_settings import EndpointUrl, VendorSettings
from pushgate.domain.app import PushRate
from pushgate.domain.clock import Clock
from pushgate.domain.errors import ConfigurationError, FieldError, PayloadRejected
from pushgate.domain.message import Priority
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.credentials import Credential
from pushgate.http2.results import Response

MAX_MESSAGE = 4096  # docs/reference/vendors/fcm.md#limits, for token sends
MAX_TO_TOPIC = 2048  # docs/reference/vendors/fcm.md#limits
LONGEST = timedelta(days=28)  # docs/reference/vendors/fcm.md#expiry
LEAD = timedelta(minutes=5)  # docs/reference/vendors/fcm.md#credentials
DEADLINE = 10.0  # docs/reference/vendors/fcm.md#requests: at least 10 s
FIRST_PAUSE = 10.0  # docs/reference/vendors/fcm.md#requests: wait at least 10 s before a retry
QUOTA_PAUSE = 60.0  # docs/reference/vendors/fcm.md#codes
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ERROR_TYPE = "google.firebase.fcm.v1.FcmError"
_BAD_REQUEST_TYPE = "google.rpc.BadRequest"


class FcmSettings(VendorSettings):
    """`[apps.<app>.fcm]`"""

    endpoint: EndpointUrl = "https://fcm.googleapis.com"
    service_account_file: Path = Field(
        description="the service account's JSON file; it names the token endpoint"
    )
    project_id: str | None = Field(default=None, description="the project, where it is not the file's")


class ServiceAccount(BaseModel):
    """What is needed of the service account's file (docs/reference/vendors/fcm.md#credentials)."""

    model_config = ConfigDict(frozen=True)

    project_id: str
    client_email: str
    private_key: str
    private_key_id: str
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address


_INVALID, _REJECTED, _RETRY = Outcome.INVALID, Outcome.REJECTED, Outcome.RETRY
# docs/reference/vendors/fcm.md#codes; the first rows are ours, for what has no code of its own
CODES: Mapping[str, ResponseCode] = {
    "INVALID_TOKEN": ResponseCode(_INVALID, "the token is not one"),
    "UNREGISTERED": ResponseCode(_INVALID, "the app was uninstalled, or the token was replaced"),
    "SENDER_ID_MISMATCH": ResponseCode(_INVALID, "the token belongs to another sender"),
    "INVALID_ARGUMENT": ResponseCode(_REJECTED, "a field of the message is not valid"),
    "QUOTA_EXCEEDED": ResponseCode(CallFailure.THROTTLED, "the quota is exceeded"),
    "RESOURCE_EXHAUSTED": ResponseCode(CallFailure.THROTTLED, "the quota is exceeded"),
    # The operator's to put right, but of no concern to Android: it stays with the token, which is tried again.
    "THIRD_PARTY_AUTH_ERROR": ResponseCode(_RETRY, "the project's APNs or web push key is not valid"),
    "APNS_AUTH_ERROR": ResponseCode(_RETRY, "the project's APNs key is not valid"),
    "UNAUTHENTICATED": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "PERMISSION_DENIED": ResponseCode(
        CallFailure.REFUSED, "the API is off, or the service account may not send"
    ),
    "NOT_FOUND": ResponseCode(CallFailure.REFUSED, "there is no such project"),
    "INTERNAL": ResponseCode(_RETRY, "FCM has an internal error"),
    "UNAVAILABLE": ResponseCode(CallFailure.UNAVAILABLE, "FCM is overloaded"),
    "UNSPECIFIED_ERROR": ResponseCode(_RETRY, "FCM gives no reason"),
}
_BY_STATUS = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "QUOTA_EXCEEDED",
    500: "INTERNAL",
}
_RESERVED = ("from", "message_type")
_RESERVED_HEADS = ("google.", "gcm.notification.")


class _Violation(msgspec.Struct):
    field: str = ""


class _Detail(msgspec.Struct):
    type: str = msgspec.field(name="@type", default="")
    error_code: str | None = msgspec.field(name="errorCode", default=None)
    violations: list[_Violation] | None = msgspec.field(name="fieldViolations", default=None)


class _Error(msgspec.Struct):
    message: str | None = None
    status: str | None = None
    details: list[msgspec.Raw] | None = None


class _Failure(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


_TOPIC = r"[a-zA-Z0-9\-_.~%]{1,900}"
TOPIC_PATTERN = re.compile(r"/topics/|[!( ]*'")
_IN_TOPICS = rf"[!( ]*'{_TOPIC}' in topics[ )]*"
TOKEN = re.compile(
    # What FCM hands out, or an installation's id after `fid:`; the length is not promised. It stands in JSON without escaping.
    r"[A-Za-z0-9_:.\-]{4,4096}"
    # A topic, or a condition of up to five, which stand for all who have subscribed
    # (docs/reference/vendors/fcm.md#limits).
    rf"|/topics/{_TOPIC}|{_IN_TOPICS}(?:(?:&&|\|\|){_IN_TOPICS}){{0,4}}"
)


_FID = b"fid:"
"""Marks the id of an installation, which newer clients hand out instead of a token
(docs/reference/vendors/fcm.md#tokens).
"""


def fault(token: str) -> str | None:
    """What is wrong with a condition that looks like one: its parentheses."""
    depth = 0
    for char in token:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            break
    return "has parentheses that do not match" if depth else None


def target(token: bytes) -> bytes:
    """The field that says whom it is for, where that is no token."""
    if token.startswith(_FID):
        return b'"fid":"' + token.removeprefix(_FID) + b'"'
    if token.startswith(b"/topics/"):
        return b'"topic":"' + token.removeprefix(b"/topics/") + b'"'
    return b'"condition":"' + token + b'"'


def render(push: Push, now: datetime) -> tuple[bytes, bytes]:
    """The body before and after the field that says whom it is for (docs/reference/vendors/fcm.md#requests). Raises PayloadRejected."""
    more = parse_options(push, "fcm", FcmExtras)
    _require_free_keys(push)
    _require_effect(push, more)
    content, options = push.content, push.options
    notification = {"title": content.title, "body": content.body, "image": content.image}
    priority = {Priority.HIGH: "HIGH", Priority.LOW: "NORMAL", Priority.NORMAL: None}[options.priority]
    android = {
        "ttl": f"{seconds_to_live(push, now, LONGEST)}s",
        "priority": priority,
        "collapse_key": options.collapse_key,
        **more.of_android(),
        "notification": None if options.silent else _on_android(push, more),
    }
    message: dict[str, object] = {
        **({} if options.silent else {"notification": without_none(notification)}),
        "data": client_data(push),
        "android": without_none(android),
    }
    if more.analytics_label:
        message["fcm_options"] = {"analytics_label": more.analytics_label}
    most, what = (MAX_TO_TOPIC, "its topic") if push.to_topic else (MAX_MESSAGE, "its token")
    body = orjson.dumps({**message, **_elsewhere(push, more, named=not options.silent)})
    if len(body) > most:  # the content matters more than that a repeat replaces it
        body = orjson.dumps({**message, **_elsewhere(push, more, named=False)})
    rest = require_size(body, most, f"the message without {what}")
    head = b'{"validate_only":true,"message":{' if options.dry_run else b'{"message":{'
    return head, b"," + rest[1:] + b"}"


def _require_free_keys(push: Push) -> None:
    """Raise PayloadRejected for data under a key that FCM keeps for itself."""
    for key in push.content.data:
        if key in _RESERVED or key.startswith(_RESERVED_HEADS):
            told = "is one of the vendor's own keys; take another one"
            raise PayloadRejected("reserved_key", f"content.data.{key}", told)


def _elsewhere(push: Push, more: FcmExtras, *, named: bool) -> dict[str, object]:
    """What clients on iOS and in browsers are given beside the rest: the name that what is shown replaces, too."""
    name = collapse_name(push) if named else None
    apns = (more.apns or Apple()).rendered(name)
    webpush = (more.webpush or Web()).rendered(name, client_data(push))
    return without_none({"apns": apns or None, "webpush": webpush or None})


def _require_effect(push: Push, more: FcmExtras) -> None:
    """Raise PayloadRejected for options that contradict the message's content, or a silent push."""
    own: dict[str, Mapping[str, object]] = {
        "apns.payload": (more.apns and more.apns.payload) or {},
        "webpush.data": (more.webpush and more.webpush.data) or {},
    }
    for place, keys in own.items():
        if push.content.url and URL_KEY in keys:
            told = "is taken by content.url, which the app finds there; give one of the two"
            raise PayloadRejected("bad_option", f"options.fcm.{place}.{URL_KEY}", told)
    if not push.options.silent:
        return
    require_no_options(push, "fcm", OnAndroid.model_fields, "a silent push")
    if more.apns and more.apns.shows():
        raise PayloadRejected(
            "bad_option", "options.fcm.apns", "shows something, which options.silent rules out"
        )
    if more.webpush and (more.webpush.notification or more.webpush.link):
        told = "has a notification or a link, which options.silent rules out"
        raise PayloadRejected("bad_option", "options.fcm.webpush", told)


def _on_android(push: Push, more: FcmExtras) -> dict[str, object]:
    # The collapse key is for what waits at FCM; what is shown already is replaced by its tag.
    common: dict[str, object] = {"tag": collapse_name(push)}
    if push.options.badge:  # with 0 the launcher counts up
        common["notification_count"] = push.options.badge
    return {**common, **more.on_android()}


def parse(answer: Response, now: datetime) -> Verdict:
    """What FCM said of one token (docs/reference/vendors/fcm.md#codes): by its own code, then the
    status text, then the HTTP status.

    Raises VendorError when it says something of the call.
    """
    if is_success(answer.status):
        return accepted()
    code = _code(answer)
    rule = CODES.get(code)
    if rule is None:
        rule = ResponseCode(fallback_outcome(answer.status), "an answer that is not in FCM's documents")
    pause = answer.retry_after(now)
    if rule.effect is CallFailure.THROTTLED:
        pause = pause or QUOTA_PAUSE
    elif rule.effect in (_RETRY, CallFailure.UNAVAILABLE):
        pause = pause or FIRST_PAUSE
    return judge(rule, code, now, pause)


def _code(answer: Response) -> str:
    error = _failure(answer)
    # One detail that cannot be read must not hide the others.
    details = [detail for raw in error.details or () if (detail := decode_json(raw, _Detail))]
    own = next((d.error_code for d in details if d.type.endswith(_ERROR_TYPE) and d.error_code), "")
    bad = [v.field for d in details if d.type.endswith(_BAD_REQUEST_TYPE) for v in d.violations or ()]
    by_status = _BY_STATUS.get(answer.status, f"http_{answer.status}")
    # FCM's own code, then the status text, then the HTTP status: the first that the documents know
    # (docs/reference/vendors/fcm.md#codes).
    told = own or error.status or by_status
    code = next((c for c in (own, error.status, by_status) if c and c in CODES), known_code(told))
    if code == "INVALID_ARGUMENT":
        named = "registration token is not a valid" in (error.message or "")
        # docs/reference/vendors/fcm.md#unconfirmed: that it is the same with installations is
        # assumed.
        if {"message.token", "message.fid"}.intersection(bad) or (own and not bad and named):
            return "INVALID_TOKEN"
    # A code of FCM's own that nobody knows says neither that the token is dead nor that the project is not there.
    return known_code(own) if code == "NOT_FOUND" and own else code


def refuses(answer: Response) -> bool:
    """Whether the access token does not hold."""
    return answer.status == 401 and _code(answer) == "UNAUTHENTICATED"


def _failure(answer: Response) -> _Error:
    return (decode_json(answer.body, _Failure) or _Failure()).error


class ToTargets:
    """A push, rendered, for tokens, and for installations, topics and conditions among them."""

    def __init__(self, tokens: SingleTokenSender, others: SingleTokenSender, size: int) -> None:
        """`size` is that of the message without whom it is for, in bytes."""
        self._tokens = tokens
        self._others = others
        self._size = size

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal may be about: the app alone."""
        return NO_SCOPES

    async def send(
        self, tokens: Sequence[bytes], go_on: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these."""
        joined = b"".join(tokens)
        if b"/" not in joined and b"'" not in joined and _FID not in joined:
            async with closing(self._tokens.send(tokens, go_on)) as answers:
                async for found in answers:
                    yield found
            return
        topics = [index for index, token in enumerate(tokens) if b"/" in token or b"'" in token]
        fids = [index for index, token in enumerate(tokens) if token.startswith(_FID)]
        plain = sorted(set(range(len(tokens))).difference(topics, fids))
        if topics and self._size > MAX_TO_TOPIC:
            told = f"the message has {self._size} bytes, FCM takes {MAX_TO_TOPIC} for topics"
            yield topics, Verdict(_REJECTED, "payload_too_large", told, asked=False)
            topics = []
        others = [*fids, *topics]
        for indexes, part, items in (
            (plain, self._tokens, [tokens[index] for index in plain]),
            (others, self._others, [target(tokens[index]) for index in others]),
        ):
            async with closing(part.send(items, go_on)) as answers:
                async for some, verdict in answers:
                    yield [indexes[index] for index in some], verdict


class Fcm(SessionAdapter):
    """Sends one app's pushes through FCM."""

    supports_dry_run = True
    check_confirms = True

    def __init__(self, settings: FcmSettings, context: AdapterContext) -> None:
        account = _read_account(settings.service_account_file)
        token_endpoint = TokenEndpoint(settings, context.clock)
        fetch = partial(_trade_assertion, account, token_endpoint, context.clock)
        bearer = context.shared_bearer(f"fcm:{account.private_key_id}", fetch, RENEW_BEFORE)
        client = open_client(settings, settings.endpoint, http1=False)
        session = Session(client, context.clock, bearer, refuses)
        super().__init__(session, token_endpoint=token_endpoint)
        project = settings.project_id or account.project_id
        self._path = session.base_path + f"/v1/projects/{project}/messages:send".encode()

    def prepare(self, push: Push, now: datetime) -> "ToTargets":
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        before, after = render(push, now)

        def to(before: bytes, after: bytes) -> SingleTokenSender:
            headers = ((b"content-type", b"application/json"),)
            template = BurstTemplate(
                path=self._path, headers=headers, body_prefix=before, body_suffix=after, urgent=urgent
            )
            # docs/reference/vendors/fcm.md#codes: no sooner than ten seconds later.
            return SingleTokenSender(
                self._session, RequestTemplate.with_bearer(template), parse, unanswered_pause=FIRST_PAUSE
            )

        tokens = to(before + b'"token":"', b'"' + after)
        return ToTargets(tokens, to(before, after), len(after) - len(b",}") + len(b"{"))

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That a number at the icon cannot be cleared."""
        if push.options.badge != 0:
            return ()
        return [
            FieldError("options.badge", "0 is left out for Android: FCM cannot clear the number at the icon")
        ]


async def _trade_assertion(
    account: ServiceAccount, token_endpoint: TokenEndpoint, clock: Clock
) -> Credential:
    """Trade a signed assertion for an access token (docs/reference/vendors/fcm.md#credentials)."""
    now = clock.now()
    claims = {
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 3600,
    }
    assertion = jwt.encode(claims, account.private_key, "RS256", {"kid": account.private_key_id})
    return await token_endpoint.fetch(account.token_uri, {"grant_type": GRANT, "assertion": assertion})


def _read_account(file: Path) -> ServiceAccount:
    field = "service_account_file"
    try:
        account = ServiceAccount.model_validate_json(file.read_bytes())
        jwt.encode({}, account.private_key, "RS256")
    except OSError as error:
        raise ConfigurationError([FieldError(field, f"{file} cannot be read: {error.strerror}")]) from error
    except ValidationError as error:
        bad = ", ".join(
            ".".join(map(str, item["loc"])) or "the file" for item in error.errors(include_input=False)
        )
        raise ConfigurationError(
            [FieldError(field, f"{file} is no service account's JSON file: see {bad}")]
        ) from error
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise ConfigurationError([FieldError(field, f"the private_key in {file} is no RSA key")]) from error
    return account


VENDOR = Vendor(
    name="fcm",
    settings=FcmSettings,
    options=FcmExtras,
    token_pattern=TOKEN,
    token_hint="a registration token, or fid: and an installation's id; in a message's audience.tokens also /topics/news or a condition",
    token_fault=fault,
    topic_pattern=TOPIC_PATTERN,
    max_batch=1,
    codes=CODES,
    # docs/reference/vendors/fcm.md#quotas: 600,000 a minute, reached within one
    quota=PushRate(10_000, timedelta(seconds=60)),
    features=frozenset(
        [Feature.IMAGE, Feature.BADGE, Feature.SILENT, Feature.PRIORITY, Feature.COLLAPSE, Feature.DRY_RUN]
    ),
    limits=Limits(max_ttl=LONGEST, max_bytes=MAX_MESSAGE),
    open=opener(FcmSettings, Fcm),
)
