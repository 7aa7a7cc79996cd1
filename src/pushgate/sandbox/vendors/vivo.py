"""vivo Push, simulated: login, pushes to one, and content that is saved for a list.

Source: docs/reference/vendors/vivo.md
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

import orjson

from pushgate.sandbox.callbacks import CallbackRequest, ReceiptBatch, json_callback
from pushgate.sandbox.exchange import (
    ReceiptRequest,
    SandboxPush,
    SandboxRequest,
    SandboxResponse,
    json_response,
    retry_after_header,
)
from pushgate.sandbox.rejections import RejectedTokens, split_tokens
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor
from pushgate.sandbox.vendors.vivo_message import has_request_id, message_problem

_CODES = frozenset(  # docs/reference/vendors/vivo.md#codes
    [
        "10000", "10045", "10050", "10069", "10070", "10071", "10072", "10093", "10094", "10096", "10097",
        "10101", "10102", "10103", "10252", "10254", "10302",
    ]
)  # fmt: skip
_UNAUTHORIZED, _BAD_APP_ID, _BAD_PARAMETER = "10000", "10094", "10050"
_INVALID_USER, _INVALID_SINGLE_USER = "1", "2"
_MIN_LISTED, _MAX_LISTED = 2, 1000  # tokens
_MAX_CLOCK_SKEW = timedelta(minutes=10)
_ACCESS_TOKEN_LIFETIME = timedelta(hours=24)
_MAX_SAVED = 10_000


class Vivo(SimulatedVendor):
    """The simulated vivo of one app."""

    name = "vivo"
    limits_devices = True
    quota_code = "10070"
    token_codes = frozenset([_INVALID_USER, _INVALID_SINGLE_USER, "4"])
    reports_receipts = True

    def __init__(self, context: SandboxContext) -> None:
        credentials = context.credentials
        self._app_id = credentials.value("vivo_app_id", str(secrets.randbelow(900_000) + 100_000))
        self._app_key = credentials.value("vivo_app_key", secrets.token_hex(16))
        self._app_secret = credentials.value("vivo_secret", secrets.token_hex(16))
        self._server_settings = credentials.server_settings()
        self._access_tokens = context.access_tokens
        self._saved: dict[str, dict[str, object]] = {}
        """Messages saved for lists, by task id."""

    def app_settings(self) -> dict[str, object]:
        """The app's id, key and secret."""
        return {
            **self._server_settings,
            "app_id": self._app_id,
            "app_key": self._app_key,
            "app_secret": self._app_secret,
        }

    def owns(self, path: str) -> bool:
        """`/message/...`"""
        return path.startswith("/message/")

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code; `500` is a server error without one."""
        if code == "500":
            return SandboxResponse(status=500, code=code, headers=retry_after_header(retry_after))
        return _error(code, retry_after=retry_after) if code in _CODES else None

    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Log in, push to one token, save a message, or push it to a list of tokens."""
        try:
            body = orjson.loads(request.body)
            if request.path == "/message/auth":
                return self._log_in(request, body)
            token = request.headers.get("authtoken", "")
            if not self._access_tokens.is_valid(self.name, token, request.received_at):
                return _error(_UNAUTHORIZED)
            # Some of vivo's own clients omit the app id: the access token identifies the app.
            if str(body.get("appId", self._app_id)) != self._app_id:
                return _error(_BAD_APP_ID)
            match request.path:
                case "/message/send":
                    return _push_to_one(body, rejected)
                case "/message/saveListPayload":
                    return self._save(body)
                case "/message/pushToList":
                    return self._push_to_list(body, rejected)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error(_BAD_PARAMETER)
        return SandboxResponse(status=404, code="404")

    def write_callback(self, batch: ReceiptBatch) -> CallbackRequest | None:
        """Arrivals, in the form of the older interface."""
        if batch.event != "delivered":
            return None
        receipt = {
            "targets": ",".join(batch.tokens),
            "ackTime": batch.at_ms,
            "param": batch.request.param,
            "ackType": "0",
        }
        return json_callback({batch.request.push_id: receipt})

    def _log_in(self, request: SandboxRequest, body: dict[str, object]) -> SandboxResponse:
        timestamp, now = body.get("timestamp"), request.received_at.timestamp()
        if not isinstance(timestamp, int) or abs(timestamp / 1000 - now) > _MAX_CLOCK_SKEW.total_seconds():
            return _error(_UNAUTHORIZED)
        text = f"{self._app_id}{self._app_key}{timestamp}{self._app_secret}"
        signature = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(str(body.get("sign", "")).encode(), signature.encode()):
            return _error(_UNAUTHORIZED)
        token = self._access_tokens.issue(self.name, request.received_at, _ACCESS_TOKEN_LIFETIME)
        return json_response(200, {"result": 0, "desc": "ok", "authToken": token}, code="granted")

    def _save(self, message: dict[str, object]) -> SandboxResponse:
        code = message_problem(message)
        if code:
            return _error(code)
        if len(self._saved) >= _MAX_SAVED:
            self._saved.clear()
        task_id = secrets.token_hex(9)
        self._saved[task_id] = message
        return json_response(200, {"result": 0, "desc": "ok", "taskId": task_id}, code="saved")

    def _push_to_list(self, body: dict[str, object], rejected: RejectedTokens) -> SandboxResponse:
        listed = body["regIds"]
        assert isinstance(listed, list)
        tokens = [str(token) for token in listed]
        task_id = str(body.get("taskId"))
        message = self._saved.get(task_id)
        if message is None or not _MIN_LISTED <= len(tokens) <= _MAX_LISTED or not has_request_id(body):
            return _error(_BAD_PARAMETER, tokens)
        accepted, bad = split_tokens(tokens, rejected, _INVALID_USER)
        users = [{"userid": token, "status": int(status)} for token, status in bad.items()]
        push = SandboxPush(
            tokens=tokens,
            accepted=accepted,
            callback_token=_callback_token(message),
            receipts=_receipt_request(message, task_id, is_list=True),
        )
        return json_response(200, {"result": 0, "desc": "ok", "invalidUsers": users}, code="0", push=push)


VENDOR = Vivo


def _push_to_one(message: dict[str, object], rejected: RejectedTokens) -> SandboxResponse:
    code, token = message_problem(message), str(message["regId"])
    if code:
        return _error(code, [token])
    task_id = secrets.token_hex(9)
    body: dict[str, object] = {"result": 0, "desc": "ok", "taskId": task_id}
    accepted, bad = split_tokens([token], rejected, _INVALID_SINGLE_USER)
    if bad:
        body["invalidUser"] = {"userid": token, "status": int(bad[token])}
    push = SandboxPush(
        tokens=[token],
        accepted=accepted,
        callback_token=_callback_token(message),
        receipts=_receipt_request(message, task_id),
    )
    return json_response(200, body, code="0", push=push)


def _callback_token(message: dict[str, object]) -> str:
    custom = message.get("clientCustomMap")
    return str(custom.get("pushgate", "")) if isinstance(custom, dict) else ""


def _receipt_request(
    message: dict[str, object], task_id: str, *, is_list: bool = False
) -> ReceiptRequest | None:
    """The receipts that a message asks for.

    Only a push to a single token in production mode may name an address; others use the console's.

    Source: docs/reference/vendors/vivo.md#receipts
    """
    extra = message.get("extra")
    if not isinstance(extra, dict):
        return None
    param = str(extra.get("callback.param", ""))
    if "callback.id" in extra:
        return ReceiptRequest(push_id=task_id, param=param)
    if "callback" in extra and not is_list and message.get("pushMode") == 0:
        return ReceiptRequest(push_id=task_id, param=param, url=str(extra["callback"]))
    return None


def _error(code: str, tokens: Sequence[str] = (), *, retry_after: int | None = None) -> SandboxResponse:
    body = {"result": int(code), "desc": "refused"}
    push, headers = SandboxPush(tokens=tokens), retry_after_header(retry_after)
    return json_response(200, body, code=code, push=push, headers=headers)
