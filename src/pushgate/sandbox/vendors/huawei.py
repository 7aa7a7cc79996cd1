"""Huawei Push Kit for HMS and its token endpoint, simulated.

Source: docs/reference/vendors/huawei.md
"""

import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

import orjson

from pushgate.sandbox.callbacks import CallbackRequest, ReceiptBatch
from pushgate.sandbox.exchange import (
    ReceiptRequest,
    SandboxPush,
    SandboxRequest,
    SandboxResponse,
    callback_token_in,
    json_response,
    retry_after_header,
    validated_only,
)
from pushgate.sandbox.huawei_callbacks import HUAWEI_STATUSES, statuses_v1
from pushgate.sandbox.rejections import RejectedTokens, split_tokens
from pushgate.sandbox.service_accounts import ServiceAccount, huawei_app_id
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor
from pushgate.sandbox.vendors.huawei_message import message_problem, targets_of

_STATUSES = {  # docs/reference/vendors/huawei.md#codes
    "80200001": 401, "80200003": 400, "80200005": 400, "80600003": 500, "81000001": 500, "503": 503,
    "404": 404,
    **dict.fromkeys(
        ["80300007", "80100001", "80100002", "80100003", "80100004", "80100013", "80100016", "80100017",
         "80100018", "80100020", "80300017", "80300028", "80300032", "80000001", "80300002", "80300008",
         "80300010", "80300011", "80300013"], 400),
}  # fmt: skip
_SUCCESS, _PARTIAL_SUCCESS, _ALL_TOKENS_INVALID = "80000000", "80100000", "80300007"
_BAD_TOKEN, _BAD_JSON, _BAD_RECALL = "80200001", "80100003", "80100020"  # codes
_RECALL_PUSH_TYPES = ("0", "2")
_MAX_TOKENS = 1000
_ACCESS_TOKEN_LIFETIME = timedelta(hours=1)


class Huawei(SimulatedVendor):
    """The simulated Huawei of one app."""

    name = "huawei"
    limits_devices = True
    reports_receipts = True

    def __init__(self, context: SandboxContext) -> None:
        credentials = context.credentials
        self.app_id = huawei_app_id(credentials)
        self.app_secret = credentials.value("huawei_secret", secrets.token_hex(32))
        self.service_account = ServiceAccount(credentials)
        self._server_settings = credentials.server_settings()
        self._token_endpoint = f"{credentials.base_url}/oauth2/v3/token"
        self._access_tokens = context.access_tokens
        self._recall_path = f"/v1/{self.app_id}/messages:revoke"
        self._send_paths = (
            f"/v1/{self.app_id}/messages:send",
            f"/v2/{self.service_account.project_id}/messages:send",
        )

    def app_settings(self) -> dict[str, object]:
        """The app's id and secret."""
        return {
            **self._server_settings,
            "app_id": self.app_id,
            "app_secret": self.app_secret,
            "token_endpoint": self._token_endpoint,
        }

    def owns(self, path: str) -> bool:
        """`/oauth2/...`, and `/v1/...` and `/v2/...` without the paths of FCM and Xiaomi."""
        is_others = path.startswith(("/v1/projects/", "/v2/message/"))
        return path.startswith(("/oauth2/", "/v1/", "/v2/")) and not is_others

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code; `503` is flow control, which has no code."""
        return _error(code, retry_after) if code in _STATUSES else None

    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Issue an access token, push to up to 1,000 tokens, or recall a push from them."""
        if request.path.startswith("/oauth2/"):
            return self._issue_token(request)
        is_recall = request.path == self._recall_path
        if (request.path not in self._send_paths and not is_recall) or request.method != "POST":
            return _error("404")
        code = self._authorization_problem(request)
        if code:
            return _error(code)
        return _recall(request, rejected) if is_recall else _push(request, rejected)

    def write_callback(self, batch: ReceiptBatch) -> CallbackRequest | None:
        """Receipts of Huawei's V1."""
        status = HUAWEI_STATUSES.get(batch.event)
        return None if status is None else statuses_v1(batch, status)

    def _authorization_problem(self, request: SandboxRequest) -> str:
        """The code for a request without a valid access token or JWT, else ''."""
        authorization = request.headers.get("authorization", "")
        if self._access_tokens.authorizes(self.name, authorization, request.received_at):
            return ""
        code = self.service_account.rejection_code(request)
        return code if not code or code in _STATUSES else _BAD_TOKEN

    def _issue_token(self, request: SandboxRequest) -> SandboxResponse:
        form = request.form()
        if form.get("grant_type") != "client_credentials" or form.get("client_id") != self.app_id:
            return _token_error(20002, "invalid client")
        if not hmac.compare_digest(form.get("client_secret", "").encode(), self.app_secret.encode()):
            return _token_error(20044, "invalid secret")
        token = self._access_tokens.issue(self.name, request.received_at, _ACCESS_TOKEN_LIFETIME)
        body = {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}
        return json_response(200, body, code="granted")


VENDOR = Huawei


def _push(request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
    try:
        body = orjson.loads(request.body)
        message = body["message"]
        targets = targets_of(message)
        code = message_problem(message, targets)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
        return _error(_BAD_JSON)
    if code:
        return _error(code, tokens=targets)
    response = _accept(message, targets, rejected)
    return validated_only(response) if body.get("validate_only") else response


def _accept(
    message: dict[str, dict[str, str]], targets: list[str], rejected: RejectedTokens
) -> SandboxResponse:
    accepted, bad = split_tokens(targets, rejected)
    if not accepted:
        return _error(_ALL_TOKENS_INVALID, tokens=targets)
    body = _result(len(targets), bad)
    tag = str(message.get("android", {}).get("bi_tag", ""))
    push = SandboxPush(
        tokens=targets,
        accepted=accepted,
        callback_token=_callback_token(message),
        receipts=ReceiptRequest(push_id=body["requestId"], param=tag) if tag and "token" in message else None,
    )
    return json_response(200, body, code=body["code"], push=push)


def _recall(request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
    """Recall a push: docs/reference/vendors/huawei.md#recall"""
    try:
        body = orjson.loads(request.body)
        tokens = [str(token) for token in body["token"]]
        is_valid = (
            isinstance(body["notifyId"], int)
            and request.headers.get("push-type") in _RECALL_PUSH_TYPES
            and 1 <= len(tokens) <= _MAX_TOKENS
        )
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return _error(_BAD_RECALL)
    if not is_valid:
        return _error(_BAD_RECALL, tokens=tokens)
    _, bad = split_tokens(tokens, rejected)
    # The response names no push: a recall delivers nothing.
    return json_response(200, _result(len(tokens), bad), code="revoked")


def _result(total: int, bad: dict[str, str]) -> dict[str, str]:
    """The body of a success or of a partial success."""
    counts = {"success": total - len(bad), "failure": len(bad), "illegal_tokens": list(bad)}
    return {
        "code": _PARTIAL_SUCCESS if bad else _SUCCESS,
        "msg": orjson.dumps(counts).decode() if bad else "Success",
        "requestId": secrets.token_hex(12),
    }


def _callback_token(message: dict[str, dict[str, str]]) -> str:
    return callback_token_in(message.get("android", {}).get("data") or str(message.get("data", "{}")))


def _error(code: str, retry_after: int | None = None, tokens: Sequence[str] = ()) -> SandboxResponse:
    """An error; HTTP statuses without a code of Huawei's have no body."""
    headers = {"content-type": "application/json", **retry_after_header(retry_after)}
    body = {"code": code, "msg": "refused", "requestId": secrets.token_hex(12)}
    return SandboxResponse(
        status=_STATUSES[code],
        code=code,
        body=orjson.dumps(body) if len(code) == 8 else b"",
        headers=headers,
        push=SandboxPush(tokens=tokens),
    )


def _token_error(sub_error: int, description: str) -> SandboxResponse:
    body = {"error": 1101, "sub_error": sub_error, "error_description": description}
    return json_response(400, body, code="1101")
