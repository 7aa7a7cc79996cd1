"""Xiaomi MiPush, simulated. Every response is an HTTP 200 with a code in its body.

Source: docs/reference/vendors/xiaomi.md
"""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

import orjson

from pushgate.domain.message import Category
from pushgate.sandbox.callbacks import CallbackRequest, DeviceEvent, ReceiptBatch, form_callback
from pushgate.sandbox.exchange import (
    ReceiptRequest,
    SandboxPush,
    SandboxRequest,
    SandboxResponse,
    callback_token_in,
    json_response,
    retry_after_header,
)
from pushgate.sandbox.rejections import RejectedTokens, split_tokens
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor
from pushgate.sandbox.vendors.xiaomi_form import form_problem

_ERROR_CODES = frozenset(  # docs/reference/vendors/xiaomi.md#codes
    [
        "20301", "10029", "65003", "10001", "10002", "10003", "1", "-1", "20607", "26003", "65029", "10027",
        "26004", "10034", "200001", "10037", "10008", "10012", "10016", "10017", "21305", "65009", "65014",
        "65015", "65036", "65037", "65038", "21301", "21302", "21303", "10031", "10036", "22000", "22006",
        "22007", "22022", "22102", "26006", "27001", "66108", "65028",
    ]
)  # fmt: skip
_UNAUTHORIZED, _UNKNOWN_PACKAGE, _BAD_PARAMETER, _ALL_TOKENS_INVALID = "21301", "22022", "10017", "20301"
_EVENT_TYPES: Mapping[DeviceEvent, int] = {"delivered": 1, "clicked": 2, "uninstalled": 16, "muted": 32}
_DEFAULT_EVENT_TYPES = "3"  # arrivals and clicks
_RECALL_PATH = "/v3/message/regid/revoke"
_MAX_TOKENS = 1000


class Xiaomi(SimulatedVendor):
    """The simulated Xiaomi of one app."""

    name = "xiaomi"
    limits_devices = True
    quota_code = "200001"
    reports_receipts = True

    def __init__(self, context: SandboxContext) -> None:
        credentials = context.credentials
        self.package = credentials.value("xiaomi_package", "com.example.demo")
        self.app_secret = credentials.value("xiaomi_secret", secrets.token_urlsafe(16))
        self._server_settings = credentials.server_settings()

    def app_settings(self) -> dict[str, object]:
        """The app's package and secret, and a channel for each category."""
        return {
            **self._server_settings,
            "package": self.package,
            "app_secret": self.app_secret,
            "channel_id": "demo",
            "channels": {category.value: f"demo-{category}" for category in Category},
        }

    def owns(self, path: str) -> bool:
        """`/v3/message/...` and `/v2/message/...`"""
        return path.startswith(("/v3/message/", "/v2/message/"))

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code."""
        return _error(code, retry_after=retry_after) if code in _ERROR_CODES else None

    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Push to up to 1,000 registration ids, or recall a push from them."""
        is_recall = request.path == _RECALL_PATH
        if (not request.path.endswith("/regid") and not is_recall) or request.method != "POST":
            return SandboxResponse(status=404, code="404")
        authorization = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(authorization, f"key={self.app_secret}".encode()):
            return _error(_UNAUTHORIZED)
        # Some clients send the parameters in the query, some in the body.
        parameters = f"{request.query}&{request.body.decode('utf-8', 'replace')}"
        form = dict(parse_qsl(parameters, keep_blank_values=True))
        return self._recall(form, rejected) if is_recall else self._push(form, rejected)

    def write_callback(self, batch: ReceiptBatch) -> CallbackRequest | None:
        """Receipts of every event that the push asks for."""
        event_type = _EVENT_TYPES[batch.event]
        if not batch.selects(event_type):
            return None
        receipt = {
            "param": batch.request.param,
            "type": event_type,
            "targets": ",".join(batch.tokens),
            "jobkey": "",
            "timestamp": batch.at_ms,
        }
        return form_callback({"data": orjson.dumps({batch.request.push_id: receipt})})

    def _push(self, form: dict[str, str], rejected: RejectedTokens) -> SandboxResponse:
        tokens = [token for token in form.get("registration_id", "").split(",") if token]
        code = form_problem(form, self.package, tokens)
        if code:
            return _error(code, tokens)
        accepted, bad = split_tokens(tokens, rejected)
        if not accepted:
            return _error(_ALL_TOKENS_INVALID, tokens)
        message_id = f"sdm{secrets.token_hex(10)}"
        push = SandboxPush(
            tokens=tokens,
            accepted=accepted,
            callback_token=callback_token_in(form.get("payload", "{}")),
            receipts=_receipt_request(form, message_id),
        )
        body = {**_success({"id": message_id, **_bad_regids(bad)}), "trace_id": secrets.token_hex(8)}
        return json_response(200, body, code="0", push=push)

    def _recall(self, form: dict[str, str], rejected: RejectedTokens) -> SandboxResponse:
        """Recall a push: docs/reference/vendors/xiaomi.md#recall"""
        tokens = [token for token in form.get("registration_ids", "").split(",") if token]
        if form.get("restricted_package_name") != self.package:
            return _error(_UNKNOWN_PACKAGE)
        if not form.get("notify_id", "").isdecimal() or not 1 <= len(tokens) <= _MAX_TOKENS:
            return _error(_BAD_PARAMETER)
        _, bad = split_tokens(tokens, rejected)
        # The response names no push: a recall delivers nothing.
        return json_response(200, _success(_bad_regids(bad)), code="revoked")


VENDOR = Xiaomi


def _receipt_request(form: dict[str, str], message_id: str) -> ReceiptRequest | None:
    """The receipts that a push asks for: docs/reference/vendors/xiaomi.md#receipts"""
    url = form.get("extra.callback", "")
    if not url:
        return None
    event_types = form.get("extra.callback.type", _DEFAULT_EVENT_TYPES)
    return ReceiptRequest(
        push_id=message_id,
        param=form.get("extra.callback.param", ""),
        url=url,
        event_types=int(event_types if event_types.isdecimal() else _DEFAULT_EVENT_TYPES),
    )


def _bad_regids(rejected: Mapping[str, str]) -> dict[str, str]:
    return {"bad_regids": ",".join(rejected)} if rejected else {}


def _success(data: Mapping[str, str]) -> dict[str, object]:
    return {"result": "ok", "code": 0, "description": "success", "data": data}


def _error(code: str, tokens: Sequence[str] = (), *, retry_after: int | None = None) -> SandboxResponse:
    body = {
        "result": "error",
        "code": int(code),
        "description": "refused",
        "reason": "refused",
        "trace_id": secrets.token_hex(8),
    }
    push, headers = SandboxPush(tokens=tokens), retry_after_header(retry_after)
    return json_response(200, body, code=code, push=push, headers=headers)
