"""Honor Push and its token endpoint, simulated.

Source: docs/reference/vendors/honor.md
"""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from pushgate.sandbox.callbacks import CallbackRequest, DeviceEvent, ReceiptBatch
from pushgate.sandbox.exchange import (
    ReceiptRequest,
    SandboxPush,
    SandboxRequest,
    SandboxResponse,
    json_response,
    retry_after_header,
)
from pushgate.sandbox.huawei_callbacks import statuses_v1
from pushgate.sandbox.rejections import RejectedTokens, split_tokens
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor

_HUAWEI_CODES = (
    "80300007", "80100001", "80200001", "80200003", "80200005", "80300002", "80300011", "80300013",
    "80100017", "80600003", "81000001",
)  # fmt: skip
"""Should Honor use Huawei's codes, they mean the same: docs/reference/vendors/honor.md#codes"""
_ERRORS = {
    "401": (401, 401, "unauthorized"),
    "403": (403, 403, "forbidden"),
    "404": (404, 404, "not found"),
    "429": (429, 429, "too many requests"),
    "500": (500, 500, "internal error"),
    "access_token": (200, 40001, "The access token is invalid"),
    "flow_control": (200, 40002, "flow control"),
    "40003": (200, 40003, "parameter"),
    "400": (400, 400, "bad request"),
    **{code: (200, int(code), "refused") for code in _HUAWEI_CODES},
}
"""HTTP status, code and message. Honor's codes are not confirmed, so some have a name here."""
_UNAUTHORIZED, _BAD_REQUEST, _BAD_PARAMETER = "401", "400", "40003"
_STATUSES: Mapping[DeviceEvent, int] = {"delivered": 40000002}
"""The likelier code of an arrival; 0 is the other one. No other event is confirmed."""
_TOKEN_LISTS = frozenset(["expireTokens", "failTokens"])
_MAX_TOKENS = 1000
_MAX_TTL = 1_296_000  # s
_MAX_BUTTONS, _MAX_BUTTON_NAME, _MAX_BUTTON_DATA = 3, 40, 1024  # buttons, characters of each
_ACCESS_TOKEN_LIFETIME = timedelta(hours=1)


class Honor(SimulatedVendor):
    """The simulated Honor of one app."""

    name = "honor"
    limits_devices = True
    token_codes = _TOKEN_LISTS
    reports_receipts = True

    def __init__(self, context: SandboxContext) -> None:
        credentials = context.credentials
        self.app_id = credentials.value("honor_app_id", str(secrets.randbelow(900_000_000) + 100_000_000))
        self.client_id = credentials.value("honor_client_id", secrets.token_hex(16))
        self.client_secret = credentials.value("honor_secret", secrets.token_urlsafe(24))
        self._server_settings = credentials.server_settings()
        self._token_endpoint = f"{credentials.base_url}/auth/token"
        self._access_tokens = context.access_tokens
        self._path = f"/api/v1/{self.app_id}/sendMessage"

    def app_settings(self) -> dict[str, object]:
        """The app's ids and secret."""
        return {
            **self._server_settings,
            "app_id": self.app_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "token_endpoint": self._token_endpoint,
        }

    def owns(self, path: str) -> bool:
        """`/auth/token` and `/api/v1/<app>/sendMessage`"""
        return path == "/auth/token" or (path.startswith("/api/v1/") and path.endswith("/sendMessage"))

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code or by its name here."""
        return _error(code, retry_after=retry_after) if code in _ERRORS else None

    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Issue an access token, or push to up to 1,000 tokens."""
        if request.path == "/auth/token":
            return self._issue_token(request)
        if request.path != self._path or request.method != "POST":
            return SandboxResponse(status=404, code="")
        authorization = request.headers.get("authorization", "")
        if not self._access_tokens.authorizes(self.name, authorization, request.received_at):
            return _error(_UNAUTHORIZED)
        if not request.headers.get("timestamp", "").isdecimal():
            return _error(_BAD_PARAMETER)
        try:
            body = orjson.loads(request.body)
            tokens = [str(token) for token in body["token"]]
            is_valid = _is_valid_message(body, tokens)
            callback_token = str(orjson.loads(body.get("data", "{}")).get("pushgate", ""))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error(_BAD_REQUEST)
        if not is_valid:
            return _error(_BAD_PARAMETER, tokens)
        tag = str(body.get("android", {}).get("biTag", ""))
        return _accept(tokens, rejected, callback_token, tag)

    def write_callback(self, batch: ReceiptBatch) -> CallbackRequest | None:
        """Arrivals, in the form of Huawei's V1."""
        status = _STATUSES.get(batch.event)
        return None if status is None else statuses_v1(batch, status)

    def _issue_token(self, request: SandboxRequest) -> SandboxResponse:
        form = request.form()
        same_secret = hmac.compare_digest(form.get("client_secret", "").encode(), self.client_secret.encode())
        is_known = form.get("client_id") == self.client_id and same_secret
        if form.get("grant_type") != "client_credentials" or not is_known:
            return json_response(401, {"error": "invalid_client"}, code="invalid_client")
        token = self._access_tokens.issue(self.name, request.received_at, _ACCESS_TOKEN_LIFETIME)
        body = {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}
        return json_response(200, body, code="granted")


VENDOR = Honor


def _is_valid_message(body: dict[str, dict[str, object]], tokens: list[str]) -> bool:
    android, outer = body.get("android", {}), body.get("notification", {})
    ttl, notification = str(android.get("ttl", "86400s")), android.get("notification")
    if not 1 <= len(tokens) <= _MAX_TOKENS or not ttl.endswith("s") or not ttl[:-1].isdecimal():
        return False
    if not 1 <= int(ttl[:-1]) <= _MAX_TTL or android.get("targetUserType", 0) not in (0, 1):
        return False
    if notification is None:
        # Data alone makes a data message; an outer notification needs a title and a body.
        return bool(outer.get("title") and outer.get("body")) if outer else bool(body.get("data"))
    return isinstance(notification, dict) and _is_valid_notification(notification, outer)


def _is_valid_notification(notification: dict[str, Any], outer: dict[str, object]) -> bool:
    """Title and body are in Android's notification or in the outer one; Android's has precedence.

    A notification without an importance is marketing, which must not have a picture.
    """
    merged: dict[str, object] = {**outer, **notification}
    click, badge = notification.get("clickAction", {}), notification.get("badge", {})
    importance = notification.get("importance", "LOW")
    return (
        bool(merged.get("title") and merged.get("body"))
        and importance in ("LOW", "NORMAL")
        and _is_valid_click(click)
        and not (merged.get("image") and importance == "LOW")
        and notification.get("style", 0) in (0, 1)
        and all(badge.get(name, 0) in range(100) for name in ("addNum", "setNum"))
        and _are_valid_buttons(notification.get("buttons", []))
    )


def _is_valid_click(click: dict[str, object]) -> bool:
    """Type 1 opens a page of the app, type 2 a web page, type 3 the app."""
    match click.get("type"):
        case 1:
            return bool(click.get("intent") or click.get("action"))
        case 2:
            return str(click.get("url", "")).startswith("https://")
        case 3:
            return True
    return False


def _are_valid_buttons(buttons: list[dict[str, object]]) -> bool:
    return len(buttons) <= _MAX_BUTTONS and all(
        1 <= len(str(button["name"])) <= _MAX_BUTTON_NAME
        and button.get("actionType") in (0, 1, 2)
        and len(str(button.get("data", ""))) <= _MAX_BUTTON_DATA
        for button in buttons
    )


def _accept(tokens: list[str], rejected: RejectedTokens, callback_token: str, tag: str) -> SandboxResponse:
    accepted, bad = split_tokens(tokens, rejected, "expireTokens")
    lists = {name: [token for token, code in bad.items() if code == name] for name in _TOKEN_LISTS}
    request_id = secrets.token_hex(12)
    body = {
        "code": 200,
        "message": "success",
        "data": {"sendResult": True, "requestId": request_id, **lists},
    }
    push = SandboxPush(
        tokens=tokens,
        accepted=accepted,
        callback_token=callback_token,
        receipts=ReceiptRequest(push_id=request_id, param=tag) if tag else None,
    )
    return json_response(200, body, code="200", push=push)


def _error(code: str, tokens: Sequence[str] = (), *, retry_after: int | None = None) -> SandboxResponse:
    status, number, message = _ERRORS[code]
    return json_response(
        status,
        {"code": number, "message": message},
        code=code,
        push=SandboxPush(tokens=tokens),
        headers=retry_after_header(retry_after),
    )
