"""APNs, simulated: checks what Apple checks and answers as Apple does.

Source: docs/reference/vendors/apns.md
"""

import re
import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.utils import base64url_decode, base64url_encode, der_to_raw_signature

from pushgate.sandbox.exchange import (
    SandboxPush,
    SandboxRequest,
    SandboxResponse,
    json_response,
    retry_after_header,
)
from pushgate.sandbox.rejections import RejectedTokens, rejection_code
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor

_STATUSES = {  # docs/reference/vendors/apns.md#codes
    **dict.fromkeys(
        ["BadDeviceToken", "DeviceTokenNotForTopic", "MissingDeviceToken", "BadCollapseId",
         "BadExpirationDate", "BadMessageId", "BadPriority", "DuplicateHeaders", "InvalidPushType",
         "PayloadEmpty", "BadTopic", "MissingTopic", "TopicDisallowed", "IdleTimeout"], 400),
    **dict.fromkeys(
        ["ExpiredProviderToken", "InvalidProviderToken", "MissingProviderToken", "UnrelatedKeyIdInToken",
         "BadEnvironmentKeyIdInToken", "BadEnvironmentKeyInToken", "BadCertificate",
         "BadCertificateEnvironment", "Forbidden"], 403),
    "BadPath": 404, "MethodNotAllowed": 405, "Unregistered": 410, "ExpiredToken": 410, "PayloadTooLarge": 413,
    "TooManyRequests": 429, "TooManyProviderTokenUpdates": 429, "InternalServerError": 500,
    "ServiceUnavailable": 503, "Shutdown": 503,
}  # fmt: skip
_TOPIC_SUFFIXES = {  # what each push type adds to the topic: docs/reference/vendors/apns.md#requests
    "alert": "", "background": "", "voip": ".voip", "complication": ".complication",
    "fileprovider": ".pushkit.fileprovider", "location": ".location-query",
    "liveactivity": ".push-type.liveactivity", "pushtotalk": ".voip-ptt",
    "widgets": ".push-type.widgets", "controls": ".push-type.controls",
}  # fmt: skip
_TOKEN = re.compile(r"[0-9a-f]{16,400}")
_PATH = "/3/device/"
_MAX_TOKEN_AGE = timedelta(hours=1)
_MAX_CACHED_JWTS = 1000
_MAX_PAYLOAD, _MAX_VOIP_PAYLOAD = 4096, 5120  # bytes
_MAX_COLLAPSE_ID = 64  # bytes


class Apns(SimulatedVendor):
    """The simulated APNs of one team, key and topic."""

    name = "apns"
    token_codes = frozenset(_STATUSES)

    def __init__(self, context: SandboxContext) -> None:
        credentials = context.credentials
        self.team_id = credentials.value("team_id", "SANDBOXTEA")
        self.key_id = credentials.value("key_id", secrets.token_hex(5).upper())
        self.topic = credentials.value("topic", "com.example.demo")
        self.key_file = credentials.p256_key_file("apns.p8")
        self._server_settings = credentials.server_settings()
        self._credentials = credentials
        self._public_key = _public_key(self.key_file)
        self._issued_at = lru_cache(_MAX_CACHED_JWTS)(self._verify)

    def app_settings(self) -> dict[str, object]:
        """The app's provider token key and topic."""
        return {
            **self._server_settings,
            "team_id": self.team_id,
            "key_id": self.key_id,
            "key_file": str(self.key_file),
            "topic": self.topic,
        }

    def owns(self, path: str) -> bool:
        """`/3/device/...`"""
        return path.startswith("/3/")

    def normalize_token(self, token: str) -> str:
        """A token is bytes, written in hexadecimal digits of either case."""
        return token.lower()

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its reason."""
        if code not in _STATUSES:
            return None
        headers = retry_after_header(retry_after)
        return json_response(_STATUSES[code], {"reason": code}, code=code, headers=headers)

    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Accept or reject one push to one token."""
        token = self.normalize_token(request.path.removeprefix(_PATH))
        push_id = request.headers.get("apns-id") or str(uuid.uuid4())
        reason = (
            _path_problem(request)
            or self._provider_token_problem(request)
            or self._header_problem(request.headers)
            or _payload_problem(request)
            or _token_problem(token)
        )
        if reason:
            return _rejection(reason, token, push_id)
        code = rejection_code(token, rejected)
        if code is not None:
            reason = code or "Unregistered"
            gone = _STATUSES[reason] == 410
            return _rejection(reason, token, push_id, request.received_at if gone else None)
        callback_token = str(orjson.loads(request.body).get("pushgate", ""))
        push = SandboxPush(tokens=(token,), accepted=(token,), callback_token=callback_token)
        return SandboxResponse(status=200, code="ok", headers={"apns-id": push_id}, push=push)

    def _provider_token_problem(self, request: SandboxRequest) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return "MissingProviderToken"
        issued_at = self._issued_at(token)
        if issued_at is None:
            return "InvalidProviderToken"
        age = request.received_at - issued_at
        if age > _MAX_TOKEN_AGE:
            return "ExpiredProviderToken"
        return "InvalidProviderToken" if -age > _MAX_TOKEN_AGE else ""

    def _verify(self, token: str) -> datetime | None:
        """The instant at which a valid provider token was issued, None for any other text."""
        try:
            header = jwt.get_unverified_header(token)
            claims = jwt.decode(
                _with_raw_signature(token),
                self._key_of(str(header.get("kid"))),
                ["ES256"],
                options={"verify_iat": False, "verify_aud": False},
            )
            issued_at = datetime.fromtimestamp(int(claims["iat"]), UTC)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError):
            return None
        return issued_at if claims.get("iss") == self.team_id else None

    def _key_of(self, key_id: str) -> EllipticCurvePublicKey:
        """The public half of a key of the team. Raises KeyError for an unknown one."""
        if key_id == self.key_id:
            return self._public_key
        file = self._credentials.other_key_file("apns", key_id, ".p8")
        if file is None:
            raise KeyError(key_id)
        return _public_key(file)

    def _header_problem(self, headers: Mapping[str, str]) -> str:
        topic = headers.get("apns-topic")
        if not topic:
            return "MissingTopic"
        push_type = headers.get("apns-push-type", "alert")
        if push_type not in _TOPIC_SUFFIXES:
            return "InvalidPushType"
        if topic != self.topic + _TOPIC_SUFFIXES[push_type]:
            return "TopicDisallowed"
        allowed_priorities = ("5",) if push_type == "background" else ("10", "5", "1")
        if headers.get("apns-priority", "10") not in allowed_priorities:
            return "BadPriority"
        if not headers.get("apns-expiration", "0").isdigit():
            return "BadExpirationDate"
        if len(headers.get("apns-collapse-id", "").encode()) > _MAX_COLLAPSE_ID:
            return "BadCollapseId"
        push_id = headers.get("apns-id")
        return "BadMessageId" if push_id is not None and not _is_uuid(push_id) else ""


VENDOR = Apns


def _public_key(file: Path) -> EllipticCurvePublicKey:
    key = load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key.public_key()


def _path_problem(request: SandboxRequest) -> str:
    if not request.path.startswith(_PATH):
        return "BadPath"
    return "" if request.method == "POST" else "MethodNotAllowed"


def _token_problem(token: str) -> str:
    if not token:
        return "MissingDeviceToken"
    return "" if _TOKEN.fullmatch(token) and len(token) % 2 == 0 else "BadDeviceToken"


def _payload_problem(request: SandboxRequest) -> str:
    is_voip = request.headers.get("apns-push-type") == "voip"
    if len(request.body) > (_MAX_VOIP_PAYLOAD if is_voip else _MAX_PAYLOAD):
        return "PayloadTooLarge"
    try:
        payload = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return "PayloadEmpty"
    return "" if isinstance(payload, dict) and isinstance(payload.get("aps"), dict) else "PayloadEmpty"


def _rejection(reason: str, token: str, push_id: str, dead_since: datetime | None = None) -> SandboxResponse:
    """A rejection with the push's id; a 410 tells since when the token is dead."""
    body: dict[str, object] = {"reason": reason}
    if dead_since is not None:
        body["timestamp"] = int(dead_since.timestamp() * 1000)
    return json_response(
        _STATUSES[reason],
        body,
        code=reason,
        push=SandboxPush(tokens=(token,)),
        headers={"apns-id": push_id},
    )


def _with_raw_signature(token: str) -> str:
    """The provider token with its signature in the form of RFC 7518, section 3.4.

    The Java library pushy encodes it in DER, and APNs accepts that as well.
    """
    signed, _, signature = token.rpartition(".")
    try:
        raw = der_to_raw_signature(base64url_decode(signature), SECP256R1())
    except ValueError:
        return token
    return f"{signed}.{base64url_encode(raw).decode()}"


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
