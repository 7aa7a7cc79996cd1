"""APNs, simulated (docs/reference/vendors/apns.md): checks what Apple checks and answers as it
does.
"""

import re
import uuid
from datetime import datetime, timedelta

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.utils import base64url_decode, base64url_encode, der_to_raw_signature

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.exchange import Refused, SandboxResponse, Sent, json_reply, refusal, retry_header
from pushgate.sandbox.tokens import as_compared

_STATUSES = {  # docs/reference/vendors/apns.md#codes
    **dict.fromkeys(
        ["BadDeviceToken", "DeviceTokenNotForTopic", "MissingDeviceToken", "BadCollapseId", "BadExpirationDate",
         "BadMessageId", "BadPriority", "DuplicateHeaders", "InvalidPushType", "PayloadEmpty", "BadTopic",
         "MissingTopic", "TopicDisallowed", "IdleTimeout"], 400),
    **dict.fromkeys(
        ["ExpiredProviderToken", "InvalidProviderToken", "MissingProviderToken", "UnrelatedKeyIdInToken",
         "BadEnvironmentKeyIdInToken", "BadEnvironmentKeyInToken", "BadCertificate", "BadCertificateEnvironment", "Forbidden"], 403),
    "BadPath": 404, "MethodNotAllowed": 405, "Unregistered": 410, "ExpiredToken": 410, "PayloadTooLarge": 413,
    "TooManyRequests": 429, "TooManyProviderTokenUpdates": 429, "InternalServerError": 500,
    "ServiceUnavailable": 503, "Shutdown": 503,
}  # fmt: skip
_TYPES = {  # docs/reference/vendors/apns.md#requests: push type, and what it adds to the topic
    "alert": "", "background": "", "voip": ".voip", "complication": ".complication",
    "fileprovider": ".pushkit.fileprovider", "location": ".location-query",
    "liveactivity": ".push-type.liveactivity", "pushtotalk": ".voip-ptt",
    "widgets": ".push-type.widgets", "controls": ".push-type.controls",
}  # fmt: skip
_HEX = re.compile(r"[0-9a-f]{16,400}")
_PREFIX = "/3/device/"
_OLDEST = timedelta(hours=1)
_KNOWN_JWTS = 1000


class Apns:
    """The simulated APNs of one team, key and topic."""

    name = "apns"
    of_tokens = frozenset(_STATUSES)

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        key = load_pem_private_key(credentials.apns_key_file.read_bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        self._public = key.public_key()
        self._verified: dict[str, datetime] = {}

    def owns(self, path: str) -> bool:
        """`/3/device/...`"""
        return path.startswith("/3/")

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its reason."""
        if code not in _STATUSES:
            return None
        reply = json_reply(_STATUSES[code], {"reason": code}, code=code)
        return SandboxResponse(reply.status, reply.body, {**reply.headers, **retry_header(retry_after)}, code)

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """One push to one token."""
        token = as_compared(self.name, sent.path.removeprefix(_PREFIX))
        reason = self._request(sent) or self._provider(sent) or self._headers(sent) or _payload(sent)
        if not reason and (not _HEX.fullmatch(token) or len(token) % 2):
            reason = "BadDeviceToken" if token else "MissingDeviceToken"
        identity = sent.headers.get("apns-id") or str(uuid.uuid4())
        if reason:
            return _refusal(reason, token, identity)
        code = refusal(token, refused)
        if code is not None:
            reason = code or "Unregistered"
            gone = {"timestamp": int(sent.at.timestamp() * 1000)} if _STATUSES[reason] == 410 else {}
            return _refusal(reason, token, identity, **gone)
        callback = str(orjson.loads(sent.body).get("pushgate", ""))
        return SandboxResponse(200, b"", {"apns-id": identity}, "ok", (token,), (token,), callback)

    def _request(self, sent: Sent) -> str:
        if not sent.path.startswith(_PREFIX):
            return "BadPath"
        return "" if sent.method == "POST" else "MethodNotAllowed"

    def _provider(self, sent: Sent) -> str:
        scheme, _, text = sent.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            return "MissingProviderToken"
        issued = self._verified.get(text)
        if issued is None:
            try:
                header = jwt.get_unverified_header(text)
                claims = jwt.decode(
                    _with_raw_signature(text),
                    self._public,
                    ["ES256"],
                    options={"verify_iat": False, "verify_aud": False},
                )
                issued = datetime.fromtimestamp(int(claims["iat"]), sent.at.tzinfo)
            except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError):
                return "InvalidProviderToken"
            if (
                header.get("kid") != self._credentials.key_id
                or claims.get("iss") != self._credentials.team_id
            ):
                return "InvalidProviderToken"
            if len(self._verified) >= _KNOWN_JWTS:
                self._verified.clear()
            self._verified[text] = issued
        if sent.at - issued > _OLDEST:
            return "ExpiredProviderToken"
        return "InvalidProviderToken" if issued - sent.at > _OLDEST else ""

    def _headers(self, sent: Sent) -> str:
        headers = sent.headers
        topic = headers.get("apns-topic")
        if not topic:
            return "MissingTopic"
        kind = headers.get("apns-push-type", "alert")
        if kind not in _TYPES:
            return "InvalidPushType"
        if topic != self._credentials.topic + _TYPES[kind]:
            return "TopicDisallowed"
        if headers.get("apns-priority", "10") not in ("10", "5", "1") or (
            kind == "background" and headers.get("apns-priority") != "5"
        ):
            return "BadPriority"
        if not headers.get("apns-expiration", "0").isdigit():
            return "BadExpirationDate"
        if len(headers.get("apns-collapse-id", "").encode()) > 64:
            return "BadCollapseId"
        identity = headers.get("apns-id")
        return "BadMessageId" if identity is not None and not _is_uuid(identity) else ""


def _with_raw_signature(text: str) -> str:
    """The provider token with its signature as RFC 7518 has it (3.4): pushy's is in DER, and APNs takes that, too."""
    signed, _, signature = text.rpartition(".")
    try:
        raw = der_to_raw_signature(base64url_decode(signature), SECP256R1())
    except ValueError:
        return text
    return f"{signed}.{base64url_encode(raw).decode()}"


def _refusal(reason: str, token: str, identity: str, **more: int) -> SandboxResponse:
    """With the push's id, as every answer has it (docs/reference/vendors/apns.md#codes)."""
    body = orjson.dumps({"reason": reason, **more})
    headers = {"content-type": "application/json", "apns-id": identity}
    return SandboxResponse(_STATUSES[reason], body, headers, reason, (token,))


def _payload(sent: Sent) -> str:
    if not sent.body:
        return "PayloadEmpty"
    most = 5120 if sent.headers.get("apns-push-type") == "voip" else 4096
    if len(sent.body) > most:
        return "PayloadTooLarge"
    try:
        payload = orjson.loads(sent.body)
    except orjson.JSONDecodeError:
        return "PayloadEmpty"
    return "" if isinstance(payload, dict) and isinstance(payload.get("aps"), dict) else "PayloadEmpty"


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
