"""Meizu Push, simulated.

Source: docs/reference/vendors/meizu.md
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from pushgate.sandbox.callbacks import CallbackRequest, DeviceEvent, ReceiptBatch, form_callback
from pushgate.sandbox.exchange import (
    ReceiptRequest,
    SandboxPush,
    SandboxRequest,
    SandboxResponse,
    json_response,
    retry_after_header,
)
from pushgate.sandbox.rejections import RejectedTokens, split_tokens, tokens_by_code
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor

_CODES = frozenset(  # docs/reference/vendors/meizu.md#codes
    [
        "300", "500", "1001", "1003", "1005", "1006", "110000", "110001", "110002", "110003", "110004",
        "110009", "110010", "110019", "110031", "110032", "110033", "110051", "110053",
    ]
)  # fmt: skip
_TOKEN_CODES = frozenset(  # in the response's `value`
    ["110002", "110003", "110005", "110010", "110011", "520", "501", "513", "519", "201"]
)
_INVALID_APP_ID, _BAD_SIGNATURE, _BAD_PARAMETER, _BAD_MESSAGE = "110000", "1006", "1005", "110004"
_INVALID_PUSH_ID = "110003"
_EVENT_TYPES: Mapping[DeviceEvent, int] = {"delivered": 1, "clicked": 2}
_DEFAULT_EVENT_TYPES = 3  # arrivals and clicks
_PATH = "/garcia/api/server/push/varnished/pushByPushId"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+")
_MAX_TOKENS = 100
_MAX_TITLE, _MAX_CONTENT = 32, 100  # characters
_MAX_NOTIFY_KEY, _MAX_RECEIPT_URL, _MAX_RECEIPT_PARAM = 8, 128, 64  # characters
_HOURS_VALID = range(1, 73)
_EXPAND_FIELDS = {0: "noticeExpandType", 1: "noticeExpandContent", 2: "noticeExpandImgUrl"}
"""The field that each type of an expanded notification needs."""


class Meizu(SimulatedVendor):
    """The simulated Meizu of one app."""

    name = "meizu"
    limits_devices = True
    quota_code = "110019"
    token_codes = _TOKEN_CODES
    reports_receipts = True

    def __init__(self, context: SandboxContext) -> None:
        credentials = context.credentials
        self.app_id = credentials.value("meizu_app_id", str(secrets.randbelow(900_000) + 100_000))
        self.app_secret = credentials.value("meizu_secret", secrets.token_hex(16))
        self._server_settings = credentials.server_settings()

    def app_settings(self) -> dict[str, object]:
        """The app's id and secret."""
        return {**self._server_settings, "app_id": self.app_id, "app_secret": self.app_secret}

    def owns(self, path: str) -> bool:
        """`/garcia/...`"""
        return path.startswith("/garcia/")

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code."""
        return _error(code, retry_after=retry_after) if code in _CODES else None

    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Push a notification to up to 100 push ids."""
        if request.path != _PATH or request.method != "POST":
            return SandboxResponse(status=404, code="404")
        form = request.form()
        if form.get("appId") != self.app_id:
            return _error(_INVALID_APP_ID)
        if not hmac.compare_digest(form.get("sign", "").encode(), self._signature(form).encode()):
            return _error(_BAD_SIGNATURE)
        tokens = [token for token in form.get("pushIds", "").split(",") if token]
        try:
            message = orjson.loads(form["messageJson"])
            is_valid = 1 <= len(tokens) <= _MAX_TOKENS and is_valid_message(message)
            callback_token = str(message["clickTypeInfo"].get("parameters", {}).get("pushgate", ""))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error(_BAD_PARAMETER)
        if not is_valid:
            return _error(_BAD_MESSAGE, tokens)
        return _accept(tokens, rejected, callback_token, dict(message.get("extra", {})))

    def write_callback(self, batch: ReceiptBatch) -> CallbackRequest | None:
        """Arrivals and clicks."""
        event_type = _EVENT_TYPES.get(batch.event)
        if event_type is None or not batch.selects(event_type):
            return None
        receipt = {"param": batch.request.param, "type": event_type, "targets": list(batch.tokens)}
        receipts = orjson.dumps({f"{batch.request.push_id}-{event_type}": receipt})
        return form_callback({"cb": receipts, "access_token": secrets.token_hex(16)})

    def _signature(self, form: Mapping[str, str]) -> str:
        text = "".join(f"{name}={form[name]}" for name in sorted(form) if name != "sign")
        return hashlib.md5(f"{text}{self.app_secret}".encode(), usedforsecurity=False).hexdigest()


VENDOR = Meizu


def is_valid_message(message: dict[str, Any]) -> bool:
    """Whether Meizu accepts a notification.

    Raises KeyError, TypeError or AttributeError for a wrong shape.
    """
    bar, times = message["noticeBarInfo"], message.get("pushTimeInfo", {})
    extra = message.get("extra", {})
    return (
        _is_valid_expansion(message.get("noticeExpandInfo", {}))
        and 1 <= len(str(bar.get("title", ""))) <= _MAX_TITLE
        and 1 <= len(str(bar.get("content", ""))) <= _MAX_CONTENT
        and bar.get("noticeMsgType") in (0, 1)
        and times.get("offLine", 1) in (0, 1)
        and times.get("validTime", 24) in _HOURS_VALID
        and len(str(message.get("advanceInfo", {}).get("notifyKey", ""))) <= _MAX_NOTIFY_KEY
        and _is_valid_click(message["clickTypeInfo"])
        and len(str(extra.get("callback", ""))) <= _MAX_RECEIPT_URL
        and len(str(extra.get("callback.param", ""))) <= _MAX_RECEIPT_PARAM
    )


def _is_valid_expansion(expansion: dict[str, object]) -> bool:
    kind = expansion.get("noticeExpandType", 0)
    return kind in _EXPAND_FIELDS and (kind == 0 or bool(expansion.get(_EXPAND_FIELDS[kind])))


def _is_valid_click(click: dict[str, object]) -> bool:
    """A click opens the app, an activity, or a web page or a URI of the app;

    Meizu has withdrawn type 3.
    """
    match click.get("clickType"):
        case 0:
            return True
        case 1:
            return bool(click.get("activity"))
        case 2:
            return bool(_URI.fullmatch(str(click.get("url", ""))))
    return False


def _accept(
    tokens: list[str], rejected: RejectedTokens, callback_token: str, extra: dict[str, object]
) -> SandboxResponse:
    accepted, bad = split_tokens(tokens, rejected, _INVALID_PUSH_ID)
    message_id = f"NS{secrets.token_hex(10)}"
    body = {
        "code": "200",
        "message": "",
        "msgId": message_id,
        "redirect": "",
        "value": tokens_by_code(bad),
    }
    push = SandboxPush(
        tokens=tokens,
        accepted=accepted,
        callback_token=callback_token,
        receipts=_receipt_request(extra, message_id),
    )
    return json_response(200, body, code="200", push=push)


def _receipt_request(extra: dict[str, object], message_id: str) -> ReceiptRequest | None:
    event_types = extra.get("callback.type", _DEFAULT_EVENT_TYPES)
    if "callback" not in extra or not isinstance(event_types, int):
        return None
    return ReceiptRequest(
        push_id=message_id,
        param=str(extra.get("callback.param", "")),
        url=str(extra["callback"]),
        event_types=event_types,
    )


def _error(code: str, tokens: Sequence[str] = (), *, retry_after: int | None = None) -> SandboxResponse:
    body = {"code": code, "message": "refused", "value": ""}
    push, headers = SandboxPush(tokens=tokens), retry_after_header(retry_after)
    return json_response(200, body, code=code, push=push, headers=headers)
