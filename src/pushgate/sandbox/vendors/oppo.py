"""OPPO Push, simulated: login, pushes to one or many, and content that is saved for a broadcast.

Source: docs/reference/vendors/oppo.md
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson

from pushgate.sandbox.callbacks import CallbackRequest, DeviceEvent, ReceiptBatch, json_callback
from pushgate.sandbox.exchange import (
    ReceiptRequest,
    SandboxPush,
    SandboxRequest,
    SandboxResponse,
    callback_token_in,
    json_response,
    retry_after_header,
)
from pushgate.sandbox.rejections import RejectedTokens, split_tokens, tokens_by_code
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor
from pushgate.sandbox.vendors.oppo_notification import is_valid_broadcast, is_valid_unicast

_CODES = frozenset(  # docs/reference/vendors/oppo.md#codes
    [
        "-1", "-2", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25",
        "26", "27", "28", "29", "30", "31", "32", "33", "34", "40", "41", "51", "54", "55", "59", "67",
        "10000",
    ]
)  # fmt: skip
_BROADCAST_CODES = frozenset(["10000", "10001", "10004"])
_BAD_ACCESS_TOKEN, _UNKNOWN_CALL, _BAD_APP_KEY, _BAD_SIGNATURE, _BAD_TIMESTAMP = "11", "12", "14", "16", "19"
_BAD_PARAMETER, _BAD_PICTURE, _INVALID_TOKEN = "41", "59", "10000"  # codes
_EVENT_TYPES: Mapping[DeviceEvent, str] = {"delivered": "push_arrive", "uninstalled": "regid_invalid"}
_LOGIN_PATH = "/server/v1/auth"
_CALLS_PATH = "/server/v1/message/notification/"
_CALLS = frozenset(["unicast", "unicast_batch", "save_message_content", "broadcast"])
_MAX_TOKENS = 1000
_MAX_CLOCK_SKEW = timedelta(minutes=10)
_ACCESS_TOKEN_LIFETIME = timedelta(hours=24)
_MAX_SAVED = 10_000


class Oppo(SimulatedVendor):
    """The simulated OPPO of one app."""

    name = "oppo"
    limits_devices = True
    quota_code = "33"
    token_codes = _CODES | _BROADCAST_CODES
    reports_receipts = True

    def __init__(self, context: SandboxContext) -> None:
        credentials = context.credentials
        self._app_key = credentials.value("oppo_app_key", secrets.token_hex(16))
        self._master_secret = credentials.value("oppo_secret", secrets.token_hex(16))
        self._server_settings = credentials.server_settings()
        self._base_url = credentials.base_url
        self._access_tokens = context.access_tokens
        self._saved: dict[str, dict[str, object]] = {}
        """Content saved for broadcasts, by message id."""

    def app_settings(self) -> dict[str, object]:
        """The app's key and master secret."""
        return {
            **self._server_settings,
            "overseas_endpoint": self._base_url,
            "app_key": self._app_key,
            "master_secret": self._master_secret,
        }

    def owns(self, path: str) -> bool:
        """`/server/v1/...`"""
        return path.startswith("/server/v1/")

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code; `500` is a server error without one."""
        if code == "500":
            return SandboxResponse(status=500, code=code, headers=retry_after_header(retry_after))
        return _error(code, retry_after=retry_after) if code in _CODES else None

    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Log in, push up to 1,000 notifications, save content, or broadcast saved content."""
        form = request.form()
        if request.path == _LOGIN_PATH:
            return self._log_in(request, form)
        call = request.path.removeprefix(_CALLS_PATH)
        if call not in _CALLS or request.method != "POST":
            return _error(_UNKNOWN_CALL)
        # OPPO documents the token in the form; some clients send it as a header.
        token = form.get("auth_token") or request.headers.get("auth_token", "")
        if not self._access_tokens.is_valid(self.name, token, request.received_at):
            return _error(_BAD_ACCESS_TOKEN)
        match call:
            case "save_message_content":
                return self._save(form)
            case "broadcast":
                return self._broadcast(form, rejected)
            case "unicast":
                return _push_to_one(form, rejected)
        return _push_to_many(form, rejected)

    def write_callback(self, batch: ReceiptBatch) -> CallbackRequest | None:
        """Arrivals, and tokens that became invalid."""
        if batch.event not in _EVENT_TYPES:
            return None
        receipt = {
            "messageId": batch.request.push_id,
            "appId": "1",
            "taskId": batch.request.push_id,
            "registrationIds": ",".join(batch.tokens),
            "eventTime": str(batch.at_ms),
            "param": batch.request.param,
            "eventType": _EVENT_TYPES[batch.event],
        }
        return json_callback([receipt])

    def _log_in(self, request: SandboxRequest, form: Mapping[str, str]) -> SandboxResponse:
        timestamp = form.get("timestamp", "")
        if form.get("app_key") != self._app_key:
            return _error(_BAD_APP_KEY)
        now = request.received_at.timestamp()
        if not timestamp.isdecimal() or abs(int(timestamp) / 1000 - now) > _MAX_CLOCK_SKEW.total_seconds():
            return _error(_BAD_TIMESTAMP)
        signature = hashlib.sha256(f"{self._app_key}{timestamp}{self._master_secret}".encode()).hexdigest()
        if not hmac.compare_digest(form.get("sign", "").encode(), signature.encode()):
            return _error(_BAD_SIGNATURE)
        token = self._access_tokens.issue(self.name, request.received_at, _ACCESS_TOKEN_LIFETIME)
        return _success({"auth_token": token, "create_time": int(timestamp)}, code="granted")

    def _save(self, form: Mapping[str, str]) -> SandboxResponse:
        notification: dict[str, object] = {
            name: int(text) if text.isdecimal() and name not in ("title", "content") else text
            for name, text in form.items()
        }
        if not is_valid_broadcast(notification):
            return _error(_BAD_PICTURE if "big_picture_id" in notification else _BAD_PARAMETER)
        if len(self._saved) >= _MAX_SAVED:
            self._saved.clear()
        message_id = secrets.token_hex(12)
        self._saved[message_id] = notification
        return _success({"message_id": message_id}, code="saved")

    def _broadcast(self, form: Mapping[str, str], rejected: RejectedTokens) -> SandboxResponse:
        tokens = [token for token in form.get("target_value", "").split(";") if token]
        notification = self._saved.get(form.get("message_id", ""))
        if notification is None or form.get("target_type") != "2" or not 1 <= len(tokens) <= _MAX_TOKENS:
            return _error(_BAD_PARAMETER, tokens)
        accepted, bad = split_tokens(tokens, rejected, _INVALID_TOKEN)
        data: dict[str, object] = {"message_id": form["message_id"], "task_id": secrets.token_hex(12)}
        push = SandboxPush(
            tokens=tokens,
            accepted=accepted,
            callback_token=callback_token_in(str(notification.get("action_parameters", "{}"))),
            receipts=_receipt_request(notification),
        )
        return _success({**data, **tokens_by_code(bad)}, push=push)


VENDOR = Oppo


def _push_to_one(form: Mapping[str, str], rejected: RejectedTokens) -> SandboxResponse:
    """Push one notification; the code of a dead token is that of the whole response."""
    try:
        message = orjson.loads(form["message"])
        token, notification = str(message["target_value"]), message["notification"]
        is_valid = is_valid_unicast(message)
        callback_token = str(orjson.loads(notification.get("action_parameters", "{}")).get("pushgate", ""))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return _error(_BAD_PARAMETER)
    if not is_valid:
        return _error(_BAD_PARAMETER, [token])
    accepted, bad = split_tokens([token], rejected, _INVALID_TOKEN)
    if bad:
        return _error(bad[token], [token])
    push = SandboxPush(
        tokens=[token],
        accepted=accepted,
        callback_token=callback_token,
        receipts=_receipt_request(notification),
    )
    return _success({"messageId": secrets.token_hex(12)}, push=push)


def _push_to_many(form: Mapping[str, str], rejected: RejectedTokens) -> SandboxResponse:
    """Push up to 1,000 notifications; the response has a result for each token."""
    try:
        messages = orjson.loads(form["messages"])
        tokens = [str(message["target_value"]) for message in messages]
        distinct = {orjson.dumps(message["notification"]): message for message in messages}
        is_valid = 1 <= len(messages) <= _MAX_TOKENS and all(map(is_valid_unicast, distinct.values()))
        accepted, bad = split_tokens(tokens, rejected, _INVALID_TOKEN)
        pushes = _pushes(messages, frozenset(accepted))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, IndexError):
        return _error(_BAD_PARAMETER)
    if not is_valid:
        return _error(_BAD_PARAMETER, tokens)
    results = [
        {"registrationId": token, "errorCode": int(bad[token]), "errorMessage": "refused"}
        if token in bad
        else {"messageId": secrets.token_hex(12), "registrationId": token}
        for token in tokens
    ]
    return replace(_success(results, push=pushes[0]), more_pushes=pushes[1:])


def _pushes(messages: Sequence[Mapping[str, Any]], accepted: frozenset[str]) -> list[SandboxPush]:
    """The notifications of a request, each with all of its tokens."""
    found: dict[bytes, tuple[dict[str, object], list[str]]] = {}
    for message in messages:
        notification = message["notification"]
        _, tokens = found.setdefault(orjson.dumps(notification), (notification, []))
        tokens.append(str(message["target_value"]))
    return [_push(notification, tokens, accepted) for notification, tokens in found.values()]


def _push(notification: dict[str, object], tokens: Sequence[str], accepted: frozenset[str]) -> SandboxPush:
    return SandboxPush(
        tokens=tokens,
        accepted=[token for token in tokens if token in accepted],
        callback_token=callback_token_in(str(notification.get("action_parameters", "{}"))),
        receipts=_receipt_request(notification),
    )


def _receipt_request(notification: dict[str, object]) -> ReceiptRequest | None:
    """One id for all tokens of a request; OPPO gives each its own."""
    url = str(notification.get("call_back_url", ""))
    if not url:
        return None
    param = str(notification.get("call_back_parameter", ""))
    return ReceiptRequest(push_id=secrets.token_hex(12), param=param, url=url)


def _success(data: object, *, code: str = "0", push: SandboxPush | None = None) -> SandboxResponse:
    body = {"code": 0, "message": "Success", "data": data}
    return json_response(200, body, code=code, push=push or SandboxPush())


def _error(code: str, tokens: Sequence[str] = (), *, retry_after: int | None = None) -> SandboxResponse:
    body = {"code": int(code), "message": "refused"}
    push, headers = SandboxPush(tokens=tokens), retry_after_header(retry_after)
    return json_response(200, body, code=code, push=push, headers=headers)
