"""FCM HTTP v1 and its token endpoint, simulated (docs/reference/vendors/fcm.md)."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pushgate.sandbox.access_tokens import Grants
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.exchange import (
    Refused,
    SandboxResponse,
    Sent,
    json_reply,
    only_checked,
    refusal,
    retry_header,
)

# docs/reference/vendors/fcm.md#codes: code -> HTTP status, status text, whether the code is FCM's
# own
_ERRORS = {
    "UNREGISTERED": (404, "NOT_FOUND", True),
    "INVALID_ARGUMENT": (400, "INVALID_ARGUMENT", True),
    "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED", True),
    "QUOTA_EXCEEDED": (429, "RESOURCE_EXHAUSTED", True),
    "UNAVAILABLE": (503, "UNAVAILABLE", True),
    "INTERNAL": (500, "INTERNAL", True),
    "THIRD_PARTY_AUTH_ERROR": (401, "UNAUTHENTICATED", True),
    "APNS_AUTH_ERROR": (401, "UNAUTHENTICATED", True),
    "UNSPECIFIED_ERROR": (500, "UNKNOWN", True),
    "UNAUTHENTICATED": (401, "UNAUTHENTICATED", False),
    "PERMISSION_DENIED": (403, "PERMISSION_DENIED", False),
    "NOT_FOUND": (404, "NOT_FOUND", False),
}
_UNKNOWN_TO_FCM = "The registration token is not a valid FCM registration token"
_FORMS: Mapping[
    str, Mapping[str, Any]
] = {  # docs/reference/vendors/fcm.md#codes: how it says INVALID_ARGUMENT of a token, by names that are ours
    "token_named": {"text": _UNKNOWN_TO_FCM},
    "token_field": {"text": "Invalid registration token", "field": "message.token", "own": False},
}
_SCOPES = {
    "https://www.googleapis.com/auth/firebase.messaging",
    "https://www.googleapis.com/auth/cloud-platform",
}
_GOOGLE = "https://oauth2.googleapis.com/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TTL = re.compile(r"\d+(\.\d{1,9})?s")
_TOKEN = re.compile(r"[A-Za-z0-9_:.\-]{4,4096}")
_INSTALLATION = re.compile(r"fid:[A-Za-z0-9_\-]{4,100}")
_TOPIC = re.compile(r"/topics/[a-zA-Z0-9\-_.~%]+")
_CONDITION = re.compile(r"[!( ]*'[^']+' in topics[ )]*((&&|\|\|)[!( ]*'[^']+' in topics[ )]*){0,4}")
_TARGETS = ("token", "fid", "topic", "condition")
_FIELDS = {
    *_TARGETS,
    "name",
    "data",
    "notification",
    "android",
    "android_v2",
    "apns",
    "webpush",
    "fcm_options",
}


class Fcm:
    """The simulated FCM of one project."""

    name = "fcm"
    of_tokens = frozenset([*_ERRORS, *_FORMS])

    def __init__(self, credentials: Credentials, grants: Grants) -> None:
        self._credentials = credentials
        self._grants = grants
        account = orjson.loads(credentials.service_account_file.read_bytes())
        key = load_pem_private_key(account["private_key"].encode(), None)
        assert isinstance(key, RSAPrivateKey)
        self._public = key.public_key()
        self._path = f"/v1/projects/{credentials.project_id}/messages:send"

    def owns(self, path: str) -> bool:
        """`/v1/projects/...` and `/token`"""
        return path.startswith("/v1/projects/") or path == "/token"

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code."""
        if code in _FORMS:
            return replace(_error("INVALID_ARGUMENT", retry_after=retry_after, **_FORMS[code]), code=code)
        return _error(code, "told to fail", retry_after=retry_after) if code in _ERRORS else None

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """A token request, or one push to one token."""
        if sent.method != "POST":
            return _error("NOT_FOUND", "method not found")
        if sent.path == "/token":
            return self._grant(sent)
        if sent.path != self._path:
            return _error("NOT_FOUND", "project not found")
        if not self._grants.holds("fcm", sent.headers.get("authorization", ""), sent.at):
            return _error("UNAUTHENTICATED", "Request had invalid authentication credentials.")
        return self._send(sent, refused)

    def _send(self, sent: Sent, refused: Refused) -> SandboxResponse:
        try:
            body = _spelled(orjson.loads(sent.body))
            message = body["message"]
            fault = _fault(body, message)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error("INVALID_ARGUMENT", "Invalid JSON payload received.", field="message", own=False)
        if "topic" in message or "condition" in message:
            token = f"/topics/{message['topic']}" if "topic" in message else str(message["condition"])
            known = _TOPIC if "topic" in message else _CONDITION
        elif "fid" in message:
            token, known = f"fid:{message['fid']}", _INSTALLATION
        else:
            token, known = str(message.get("token", "")), _TOKEN
        if fault:
            return _error("INVALID_ARGUMENT", fault[1], field=fault[0], token=token)
        if not known.fullmatch(token) or (known is _CONDITION and not _balanced(token)):
            if known in (_TOPIC, _CONDITION):
                field = "message.topic" if known is _TOPIC else "message.condition"
                return _error("INVALID_ARGUMENT", "Malformed topic or condition", field=field, token=token)
            return _error("INVALID_ARGUMENT", _UNKNOWN_TO_FCM, token=token)
        code = refusal(token, refused)
        if code is not None:
            reply = self.error(code or "UNREGISTERED", None)
            assert reply is not None
            return replace(reply, tokens=(token,))
        name = f"projects/{self._credentials.project_id}/messages/{secrets.token_hex(8)}"
        callback = str(message.get("data", {}).get("pushgate", ""))
        reply = json_reply(
            200, {"name": name}, code="ok", tokens=(token,), accepted=(token,), callback=callback
        )
        return only_checked(reply) if body.get("validate_only") else reply

    def _grant(self, sent: Sent) -> SandboxResponse:
        form = {key: values[0] for key, values in parse_qs(sent.body.decode("utf-8", "replace")).items()}
        refused = json_reply(400, {"error": "invalid_grant"}, code="invalid_grant")
        if form.get("grant_type") != _GRANT:
            return json_reply(400, {"error": "unsupported_grant_type"}, code="unsupported_grant_type")
        try:
            # Google's own client names Google's endpoint, wherever the file sends it.
            audience = [f"{self._credentials.base_url}/token", _GOOGLE]
            claims = jwt.decode(
                form.get("assertion", ""),
                self._public,
                ["RS256"],
                options={"require": ["iss", "aud", "iat", "exp"], "verify_exp": False, "verify_iat": False},
                audience=audience,
            )
            issued, expires = int(claims["iat"]), int(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError):
            return refused
        now = sent.at.timestamp()
        if claims["iss"] != self._credentials.client_email:
            return refused
        if not _SCOPES & set(str(claims.get("scope")).split()):
            return refused
        if expires - issued > 3600 or expires < now or issued > now + 300:
            return refused
        token = self._grants.give("fcm", sent.at, timedelta(hours=1))
        return json_reply(
            200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}, code="granted"
        )


def _balanced(condition: str) -> bool:
    """Whether each parenthesis has its counterpart."""
    depth = 0
    for char in re.sub("'[^']*'", "", condition):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0


_CAPITAL = re.compile(r"(?<=[a-z0-9])[A-Z]")
_OWN_KEYS = frozenset(
    [
        "message.data", "message.android.data", "message.apns.headers", "message.apns.payload",
        "message.webpush.headers", "message.webpush.data", "message.webpush.notification",
    ]
)  # fmt: skip
"""Objects whose keys are the sender's, and no fields of FCM."""


def _spelled(value: Any, path: str = "") -> Any:
    """JSON with FCM's fields by their names in snake_case, where a client writes camelCase
    (docs/reference/vendors/fcm.md#options): of a field that is written both ways the last one
    counts.
    """
    if isinstance(value, list):
        return [_spelled(item, path) for item in value]
    if not isinstance(value, dict) or path in _OWN_KEYS:
        return value
    found: dict[str, Any] = {}
    for name, item in value.items():
        known = _CAPITAL.sub(lambda letter: f"_{letter[0].lower()}", name)
        found[known] = _spelled(item, f"{path}.{known}" if path else known)
    return found


# docs/reference/vendors/fcm.md#options
_NOTIFICATION = {"title": str, "body": str, "image": str}
_ANDROID = {
    **dict.fromkeys(["priority", "ttl", "collapse_key", "restricted_package_name"], str),
    **dict.fromkeys(["direct_boot_ok", "bandwidth_constrained_ok", "restricted_satellite_ok"], bool),
    **dict.fromkeys(["data", "notification", "fcm_options"], dict),
}
_ON_ANDROID = {
    **dict.fromkeys(
        ["title", "body", "icon", "color", "sound", "tag", "click_action", "title_loc_key", "body_loc_key", "channel_id",
         "image", "ticker", "event_time", "notification_priority", "visibility", "proxy"], str),
    **dict.fromkeys(["title_loc_args", "body_loc_args", "vibrate_timings"], list),
    **dict.fromkeys(
        ["sticky", "local_only", "default_sound", "default_vibrate_timings", "default_light_settings"], bool),
    "light_settings": dict,
    "notification_count": int,
}  # fmt: skip
_ON_APPLE = {**dict.fromkeys(["headers", "payload", "fcm_options"], dict), "live_activity_token": str}
_ON_THE_WEB = dict.fromkeys(["headers", "data", "notification", "fcm_options"], dict)


def _fault(body: dict[str, object], message: dict[str, object]) -> tuple[str, str] | None:
    """The first thing wrong with a message: its field and why."""
    if body.keys() - {"message", "validate_only"}:
        return "message", "unknown field at the top"
    if unknown := message.keys() - _FIELDS:
        return f"message.{min(unknown)}", "unknown field"
    if sum(target in message for target in _TARGETS) != 1:
        return "message", "exactly one of token, fid, topic or condition is required"
    if "android" in message and "android_v2" in message:
        return "message.android_v2", "excludes android"
    data = message.get("data", {})
    assert isinstance(data, dict)
    if misplaced := _reserved(data):
        return misplaced
    android = message.get("android", {})
    assert isinstance(android, dict)
    ttl = android.get("ttl", "0s")
    if not _TTL.fullmatch(str(ttl)) or float(str(ttl)[:-1]) > 2_419_200:
        return "message.android.ttl", "invalid TTL"
    # In lower case too: so does Google's own client.
    if str(android.get("priority", "NORMAL")).upper() not in ("NORMAL", "HIGH"):
        return "message.android.priority", "invalid priority"
    if misplaced := _ill_typed(message, android):
        return misplaced
    rest = {key: value for key, value in message.items() if key not in _TARGETS}
    if len(orjson.dumps(rest)) > (2048 if {"topic", "condition"} & message.keys() else 4096):
        return "message", "Message too big"
    return None


def _reserved(data: dict[str, object]) -> tuple[str, str] | None:
    """The first entry of the data that FCM does not carry."""
    for key, value in data.items():
        if not isinstance(value, str):
            return f"message.data[{key}]", "values must be strings"
        if key in ("from", "message_type") or key.startswith(("google.", "gcm.notification.")):
            return f"message.data[{key}]", "reserved key"
    return None


def _ill_typed(message: dict[str, object], android: dict[str, object]) -> tuple[str, str] | None:
    """The first field that is not in the documents, or of another type."""
    for place, value, known in (
        ("notification", message.get("notification", {}), _NOTIFICATION),
        ("android", android, _ANDROID),
        ("android.notification", android.get("notification", {}), _ON_ANDROID),
        ("apns", message.get("apns", {}), _ON_APPLE),
        ("webpush", message.get("webpush", {}), _ON_THE_WEB),
    ):
        assert isinstance(value, dict)
        for name, item in value.items():
            if name not in known:
                return f"message.{place}.{name}", "unknown field"
            if type(item) is not known[name]:
                return f"message.{place}.{name}", "wrong type"
    return None


def _error(
    code: str,
    text: str,
    *,
    field: str = "",
    retry_after: int | None = None,
    token: str = "",
    own: bool = True,
) -> SandboxResponse:
    """FCM's form of an error; `field` adds a BadRequest detail."""
    http, status, is_own = _ERRORS[code]
    details: list[dict[str, object]] = []
    if is_own and own:
        details.append({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code})
    if field:
        violations = [{"field": field, "description": text}]
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations})
    error = {"code": http, "message": text, "status": status, "details": details}
    headers = {"content-type": "application/json", **retry_header(retry_after)}
    return SandboxResponse(http, orjson.dumps({"error": error}), headers, code, (token,) if token else ())
