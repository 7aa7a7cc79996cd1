"""APNs (docs/reference/vendors/apns.md): one request a token; the path differs, headers and body do
not.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import jwt
import msgspec
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from pydantic import Field, ValidationInfo, field_validator

from pushgate.adapters.apns.options import OF_SHOWN, ApnsExtras, LiveActivity
from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import apns_collapse_id, collapse_name
from pushgate.adapters.contract import Push, Verdict
from pushgate.adapters.push_checks import require_no_options
from pushgate.adapters.response_codes import (
    CallFailure,
    ResponseCode,
    accepted,
    auth_codes,
    fallback_outcome,
    is_success,
    judge,
    known_code,
)
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.session_adapter import SessionAdapter, open_client
from pushgate.adapters.single_token import SingleTokenSender
from pushgate.adapters.text_limits import require_size
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
from pushgate.http2.connect import Identity
from pushgate.http2.credentials import Credential, CredentialCache
from pushgate.http2.results import Response

MAX_PAYLOAD, MAX_VOIP_PAYLOAD = 4096, 5120  # docs/reference/vendors/apns.md#limits
SUFFIXES = {  # docs/reference/vendors/apns.md#requests: what a push type adds to the topic
    "alert": "",
    "background": "",
    "voip": ".voip",
    "complication": ".complication",
    "fileprovider": ".pushkit.fileprovider",
    "location": ".location-query",
    "liveactivity": ".push-type.liveactivity",
    "pushtotalk": ".voip-ptt",
    "widgets": ".push-type.widgets",
    "controls": ".push-type.controls",
}
# docs/reference/vendors/apns.md#credentials: not with a certificate
_WITH_KEY_ONLY = frozenset(["location", "liveactivity"])
_NOW_OR_NEVER = frozenset(["pushtotalk"])  # docs/reference/vendors/apns.md#requests
LONGEST = timedelta(days=30)  # docs/reference/vendors/apns.md#expiry
JWT_LIFE = timedelta(minutes=60)  # docs/reference/vendors/apns.md#credentials: older is refused
# docs/reference/vendors/apns.md#credentials: APNs wants no new one more often
JWT_REPLACED_EVERY = timedelta(minutes=20)
JWT_LEAD = timedelta(minutes=10)  # so one is used for 50 min; APNs wants 20 to 60
_FAR = 4e12  # ms; the year 2096
FIRST_PAUSE = 900.0  # docs/reference/vendors/apns.md#codes: wait 15 min after a 5xx


class ApnsSettings(VendorSettings):
    """`[apps.<app>.apns]`"""

    endpoint: EndpointUrl = "https://api.push.apple.com"
    topic: str = Field(pattern=r"^[!-~]{1,255}$", description="the app's bundle id")
    certificate_file: Path | None = Field(
        default=None, description="PEM file of a push certificate, instead of team_id, key_id and a .p8 key"
    )
    team_id: str | None = Field(
        default=None, validate_default=True, description="10 characters, from the developer account"
    )
    key_id: str | None = Field(
        default=None, validate_default=True, description="10 characters, the id of the .p8 key"
    )
    key_file: Path | None = Field(
        default=None,
        validate_default=True,
        description="the .p8 key; or the certificate's key, where it has a file of its own",
    )

    @field_validator("team_id", "key_id", "key_file")
    @classmethod
    def _one_way(cls, value: str | Path | None, info: ValidationInfo) -> str | Path | None:
        if info.data.get("certificate_file") is None:
            if not value:
                raise ValueError("is required, unless there is a certificate_file")
        elif value and info.field_name != "key_file":
            raise ValueError("is not used with certificate_file: remove one of them")
        return value


_INVALID, _REJECTED, _RETRY = Outcome.INVALID, Outcome.REJECTED, Outcome.RETRY
CODES: Mapping[str, ResponseCode] = {  # docs/reference/vendors/apns.md#codes
    "BadDeviceToken": ResponseCode(_INVALID, "the token is not one of this environment"),
    "DeviceTokenNotForTopic": ResponseCode(_INVALID, "the token belongs to another app"),
    "Unregistered": ResponseCode(_INVALID, "the app was uninstalled"),
    "ExpiredToken": ResponseCode(_INVALID, "the token has expired"),
    "MissingDeviceToken": ResponseCode(_REJECTED, "the request named no token"),
    "BadCollapseId": ResponseCode(_REJECTED, "the collapse key is too long"),
    "BadExpirationDate": ResponseCode(_REJECTED, "the expiration is not valid"),
    "BadMessageId": ResponseCode(_REJECTED, "the message id is not valid"),
    "BadPriority": ResponseCode(_REJECTED, "the priority is not valid"),
    "DuplicateHeaders": ResponseCode(_REJECTED, "a header came twice"),
    "InvalidPushType": ResponseCode(_REJECTED, "the push type is not valid"),
    "PayloadEmpty": ResponseCode(_REJECTED, "the payload is empty"),
    "PayloadTooLarge": ResponseCode(_REJECTED, "the payload is larger than 4,096 bytes"),
    "BadTopic": ResponseCode(CallFailure.REFUSED, "the topic is not valid", scope=RefusalScope.TOPIC),
    "MissingTopic": ResponseCode(CallFailure.REFUSED, "the topic is missing", scope=RefusalScope.TOPIC),
    "TopicDisallowed": ResponseCode(
        CallFailure.REFUSED, "the key may not push to this topic", scope=RefusalScope.TOPIC
    ),
    "IdleTimeout": ResponseCode(_RETRY, "the connection was idle for too long"),
    "ExpiredProviderToken": ResponseCode(
        CallFailure.AUTH, "the provider token is too old: is the clock right?"
    ),
    "InvalidProviderToken": ResponseCode(
        CallFailure.AUTH, "the provider token is not valid: team id, key id and key must match"
    ),
    "MissingProviderToken": ResponseCode(CallFailure.AUTH, "the provider token is missing"),
    "UnrelatedKeyIdInToken": ResponseCode(CallFailure.AUTH, "the connection belongs to another key"),
    "BadEnvironmentKeyIdInToken": ResponseCode(CallFailure.REFUSED, "the key is for the other environment"),
    "BadEnvironmentKeyInToken": ResponseCode(CallFailure.REFUSED, "the key is for the other environment"),
    "BadCertificate": ResponseCode(CallFailure.REFUSED, "the certificate is not valid"),
    "BadCertificateEnvironment": ResponseCode(
        CallFailure.REFUSED, "the certificate is for the other environment"
    ),
    "Forbidden": ResponseCode(CallFailure.REFUSED, "the team may not do this"),
    "BadPath": ResponseCode(CallFailure.REFUSED, "the path is not valid"),
    "MethodNotAllowed": ResponseCode(CallFailure.REFUSED, "the method is not POST"),
    "TooManyRequests": ResponseCode(_RETRY, "too many pushes to this terminal in a row"),
    "TooManyProviderTokenUpdates": ResponseCode(
        CallFailure.THROTTLED, "the provider token was renewed too often"
    ),
    "InternalServerError": ResponseCode(_RETRY, "APNs has an internal error"),
    "ServiceUnavailable": ResponseCode(CallFailure.UNAVAILABLE, "APNs is unavailable"),
    "Shutdown": ResponseCode(CallFailure.UNAVAILABLE, "APNs is shutting down"),
}
_OTHER_TYPE = ResponseCode(_REJECTED, "the token is not one for pushes of this type")
"""What DeviceTokenNotForTopic means under the topic of a push type: an alert's token is still good for alerts."""
_AUTH = auth_codes(CODES)
_RECONNECT = frozenset(["IdleTimeout", "TooManyProviderTokenUpdates"])
_PAUSES = {
    "TooManyProviderTokenUpdates": 5.0
}  # docs/reference/vendors/apns.md#codes: the same token on a new connection, after seconds


class _Failure(msgspec.Struct):
    reason: str = ""
    timestamp: object = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """What all tokens share; the authorization header is added on the way out."""

    headers: Mapping[str, str]
    body: bytes


def render(push: Push, topic: str, now: datetime, *, with_key: bool = True) -> Rendered:
    """Headers and payload (docs/reference/vendors/apns.md#requests). Raises PayloadRejected."""
    options, more = push.options, parse_options(push, "apns", ApnsExtras)
    if options.silent and "push_type" not in more.model_fields_set:
        more = more.model_copy(update={"push_type": "background"})
    kind = more.push_type
    _require_effect(push, more)
    if kind in _WITH_KEY_ONLY and not with_key:
        raise PayloadRejected(
            "bad_option", "options.apns.push_type", f"{kind} needs a .p8 key, not a certificate"
        )
    if (kind == "liveactivity") != (more.live_activity is not None):
        raise PayloadRejected(
            "bad_option",
            "options.apns.live_activity",
            "is required by push_type liveactivity, and goes with no other",
        )
    if more.relevance_score is not None and more.relevance_score > 1 and kind != "liveactivity":
        raise PayloadRejected("bad_option", "options.apns.relevance_score", "must be 0 to 1")
    if "aps" in push.content.data:
        raise PayloadRejected("reserved_key", "content.data.aps", "is the vendor's own key; take another one")
    headers = {
        "apns-topic": topic + SUFFIXES[kind],
        "apns-push-type": kind,
        "apns-priority": "5" if kind == "background" or options.priority is Priority.LOW else "10",
        "apns-expiration": "0" if not options.ttl or kind in _NOW_OR_NEVER else str(_expiration(push)),
    }
    if collapse_id := _collapse_id(push, more):
        headers["apns-collapse-id"] = collapse_id
    payload: dict[str, object] = {**client_data(push), "aps": _aps(push, more)}
    if push.content.image:
        # APNs has no image: the app's service extension loads it.
        payload.setdefault("image", push.content.image)
    most = MAX_VOIP_PAYLOAD if kind == "voip" else MAX_PAYLOAD
    return Rendered(headers, require_size(orjson.dumps(payload), most, "the payload"))


def _require_effect(push: Push, more: ApnsExtras) -> None:
    """Raise PayloadRejected for options that contradict one another, or that a push of this kind does not carry."""
    kind, live = more.push_type, more.live_activity
    shows = _shows(more)
    if push.options.silent and shows:
        told = f"is not possible: APNs shows a push of type {kind}" + (
            f" with a {live.event}" if live else ""
        )
        raise PayloadRejected("bad_option", "options.silent", told)
    if not shows:
        quiet = "a Live Activity's update without a sound" if live else f"a push of type {kind}"
        of_type = {"background": {"content_available"}, "liveactivity": {"relevance_score"}}
        names = OF_SHOWN - of_type.get(kind, set())
        require_no_options(push, "apns", sorted(names), quiet)


def _shows(more: ApnsExtras) -> bool:
    """Whether the push shows something, or sounds. A Live Activity's update does only where it has a sound."""
    live = more.live_activity
    if more.push_type == "liveactivity":
        return bool(live and (live.event == "start" or more.sound or more.critical_sound))
    return more.push_type in ("alert", "voip", "pushtotalk")


def _collapse_id(push: Push, more: ApnsExtras) -> str | None:
    """What the push replaces on the device. Without a collapse key only what adds to the screen has an id."""
    adds = more.push_type == "alert" or (more.live_activity and more.live_activity.event == "start")
    return apns_collapse_id(collapse_name(push)) if push.options.collapse_key or adds else None


def _expiration(push: Push) -> int:
    return int(min(push.expires_at, push.due_at + LONGEST).timestamp())


def _aps(push: Push, more: ApnsExtras) -> dict[str, object]:
    match more.push_type:
        case "background":
            return {"content-available": 1}
        case "alert" | "voip" | "pushtotalk":
            return _shown(push, more)
        case "liveactivity":
            assert more.live_activity is not None
            # An update that shows an alert would light up the screen each time.
            shown = (
                _shown(push, more)
                if _shows(more)
                else without_none({"relevance-score": more.relevance_score})
            )
            return {**shown, **_activity(more.live_activity, push.due_at)}
    return {}  # what is to be done is in the data beside it


def _activity(live: LiveActivity, due_at: datetime) -> dict[str, object]:
    return without_none(
        {
            # When the state was so: a push that is sent later must not overtake a newer one.
            "timestamp": int(due_at.timestamp()),
            "event": live.event,
            "content-state": live.content_state,
            "stale-date": live.stale_date,
            "dismissal-date": live.dismissal_date,
            "attributes-type": live.attributes_type,
            "attributes": live.attributes,
            "input-push-token": live.input_push_token,
            "input-push-channel": live.input_push_channel,
        }
    )


def _shown(push: Push, more: ApnsExtras) -> dict[str, object]:
    content = push.content
    alert = {
        "title": content.title,
        "subtitle": more.subtitle,
        "body": content.body,
        "launch-image": more.launch_image,
        "title-loc-key": more.title_loc_key,
        "title-loc-args": more.title_loc_args,
        "subtitle-loc-key": more.subtitle_loc_key,
        "subtitle-loc-args": more.subtitle_loc_args,
        "loc-key": more.loc_key,
        "loc-args": more.loc_args,
    }
    aps: dict[str, object] = {
        "alert": without_none(alert),
        "badge": push.options.badge if more.badge is None else more.badge,
        "sound": more.critical_sound.model_dump() if more.critical_sound else more.sound,
        "category": more.category,
        "thread-id": more.thread_id,
        "target-content-id": more.target_content_id,
        "interruption-level": more.interruption_level,
        "relevance-score": more.relevance_score,
        "filter-criteria": more.filter_criteria,
        "mutable-content": 1 if more.mutable_content or content.image else None,
        "content-available": 1 if more.content_available else None,
    }
    return without_none(aps)


def parse(answer: Response, now: datetime, topic: str = "", bundle_id: str = "") -> Verdict:
    """What APNs said of one token of the app with this bundle id that was sent to under this topic
    (docs/reference/vendors/apns.md#codes).

    Raises VendorError when it says something of the call.
    """
    if is_success(answer.status):
        return accepted()
    failure = _failure(answer)
    code = known_code(failure.reason) if failure.reason else f"http_{answer.status}"
    rule = CODES.get(code)
    if code == "DeviceTokenNotForTopic" and topic != bundle_id:
        rule = _OTHER_TYPE
    if rule is None:
        # A 429 is about one token here (docs/reference/vendors/apns.md#codes).
        says = _RETRY if answer.status == 429 else fallback_outcome(answer.status)
        rule = ResponseCode(says, "an answer that is not in APNs' documents")
    pause = _PAUSES.get(code) or (FIRST_PAUSE if answer.status >= 500 else None)
    verdict = judge(rule, code, now, answer.retry_after(now) or pause)
    since = failure.timestamp
    if verdict.outcome is _INVALID and isinstance(since, int | float) and 0 < since < _FAR:
        dead_since = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=since)
        return Verdict(verdict.outcome, code, verdict.reason, dead_since=dead_since)
    return verdict


def refuses(answer: Response) -> bool:
    """Whether the provider token does not hold."""
    return answer.status == 403 and _failure(answer).reason in _AUTH


def _failure(answer: Response) -> _Failure:
    return decode_json(answer.body, _Failure) or _Failure()


class Apns(SessionAdapter):
    """Sends one app's pushes through APNs."""

    def __init__(self, settings: ApnsSettings, context: AdapterContext) -> None:
        self._topic = settings.topic
        self._with_key = settings.certificate_file is None
        bearer, identity = None, None
        if settings.certificate_file:
            identity = Identity(settings.certificate_file, settings.key_file)
        else:
            assert settings.key_file is not None
            key = _read_key(settings.key_file)
            make = partial(_make_jwt, settings, key, context.clock)
            # One token for all processes, and for all apps of the team's key (docs/reference/vendors/apns.md#credentials).
            name = f"apns:{settings.team_id}:{settings.key_id}:{_fingerprint(key)}"
            store = context.credentials
            bearer = CredentialCache(
                name, make, JWT_LEAD, context.clock, store, min_replacement_interval=JWT_REPLACED_EVERY
            )
        # A connection is bound to one team and key (docs/reference/vendors/apns.md#credentials): each app has connections of its own.
        client = open_client(settings, settings.endpoint, http1=False, identity=identity)
        super().__init__(Session(client, context.clock, bearer, refuses))

    def prepare(self, push: Push, now: datetime) -> SingleTokenSender:
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        rendered = render(push, self._topic, now, with_key=self._with_key)
        topic, path = rendered.headers["apns-topic"], self._session.base_path + b"/3/device/"

        def template(token: str) -> BurstTemplate:
            bearer = {"authorization": f"bearer {token}"} if token else {}
            headers = tuple((k.encode(), v.encode()) for k, v in {**bearer, **rendered.headers}.items())
            return BurstTemplate(
                path=path, headers=headers, body_prefix=rendered.body, item_in_path=True, urgent=urgent
            )

        scopes = {RefusalScope.TOPIC: topic}
        return SingleTokenSender(
            self._session, RequestTemplate(template), partial(self._parse, topic), scopes=scopes
        )

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That a push which shows nothing sets no number at the icon."""
        more = parse_options(push, "apns", ApnsExtras)
        if push.options.badge is None or _shows(more):
            return ()
        return [FieldError("options.badge", f"has no effect in a push of type {more.push_type}")]

    def _parse(self, topic: str, answer: Response, now: datetime) -> Verdict:
        if answer.status == 503 or _failure(answer).reason in _RECONNECT:
            self._session.refresh()  # docs/reference/vendors/apns.md#codes: on a new connection
        return parse(answer, now, topic, self._topic)


async def _make_jwt(settings: ApnsSettings, key: ec.EllipticCurvePrivateKey, clock: Clock) -> Credential:
    """A provider token (docs/reference/vendors/apns.md#credentials)."""
    now = clock.now()
    claims = {"iss": settings.team_id, "iat": int(now.timestamp())}
    return Credential(jwt.encode(claims, key, "ES256", {"kid": settings.key_id}), now + JWT_LIFE)


def _fingerprint(key: ec.EllipticCurvePrivateKey) -> str:
    """Tells keys apart: a wrong file of one app must not spoil the token of another app with the same key id."""
    public: bytes = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return hashlib.blake2b(public, digest_size=8).hexdigest()


def _read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise ConfigurationError(
            [FieldError("key_file", f"{file} cannot be read: {error.strerror}")]
        ) from error
    except (ValueError, TypeError) as error:
        raise ConfigurationError([FieldError("key_file", f"{file} is no .p8 key (PKCS#8 PEM)")]) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ConfigurationError([FieldError("key_file", f"{file} holds no P-256 key, as APNs' keys are")])
    return key


VENDOR = Vendor(
    name="apns",
    settings=ApnsSettings,
    options=ApnsExtras,
    # Hexadecimal, of a length that Apple does not promise (docs/reference/vendors/apns.md#requests). SDKs differ in the case they print.
    token_pattern=re.compile(r"(?:[0-9a-f]{2}){8,200}"),
    normalize_token=str.lower,
    max_batch=1,
    codes=CODES,
    quota=PushRate(),  # docs/reference/vendors/apns.md#quotas: none is published
    features=frozenset([Feature.IMAGE, Feature.BADGE, Feature.SILENT, Feature.PRIORITY, Feature.COLLAPSE]),
    limits=Limits(max_ttl=LONGEST, max_bytes=MAX_PAYLOAD),
    open=opener(ApnsSettings, Apns),
)
