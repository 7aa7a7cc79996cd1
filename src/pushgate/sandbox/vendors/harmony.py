"""Huawei Push Kit for HarmonyOS 5 and later (v3 of its API), simulated.

Source: docs/reference/vendors/harmony.md
"""

import secrets
from collections.abc import Sequence

import orjson

from pushgate.sandbox.callbacks import CallbackRequest, ReceiptBatch
from pushgate.sandbox.exchange import (
    ReceiptRequest,
    SandboxPush,
    SandboxRequest,
    SandboxResponse,
    json_response,
    retry_after_header,
)
from pushgate.sandbox.huawei_callbacks import HUAWEI_STATUSES, statuses_v2
from pushgate.sandbox.rejections import RejectedTokens, split_tokens, tokens_by_code
from pushgate.sandbox.service_accounts import ServiceAccount, huawei_app_id
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor
from pushgate.sandbox.vendors.harmony_message import message_problem

_STATUSES = {  # docs/reference/vendors/harmony.md#codes
    "80200001": 401, "80200005": 400, "81000001": 500, "503": 503, "404": 404,
    **dict.fromkeys(
        ["80300007", "80100001", "80100003", "80100004", "80100022", "80300002", "80300008", "80300010",
         "80300029", "80300030", "80300036", "80300037"], 400),
}  # fmt: skip
_TOKEN_REASONS = frozenset(
    [
        "tokenFormatError", "tokenPlatformNotSupport", "noRight", "noPushTypeRight",
        "noRightToSendThisLiveNotificationEvent", "notSupportPlayVoice", "differentImgVerifyPolicy",
        "atomicUnableSendUnsubscribedMsg", "countryNotSupport", "appinfoError",
        "disableSendHuaweiMsgBecauseOfPenalty",
    ]
)  # fmt: skip
_SUCCESS, _PARTIAL_SUCCESS, _ALL_TOKENS_INVALID, _BAD_JSON = "80000000", "80100000", "80300007", "80100003"


class Harmony(SimulatedVendor):
    """The simulated v3 of one project."""

    name = "harmony"
    limits_devices = True
    token_codes = _TOKEN_REASONS
    reports_receipts = True

    def __init__(self, context: SandboxContext) -> None:
        self.service_account = ServiceAccount(context.credentials)
        self._client_id = huawei_app_id(context.credentials)
        self._server_settings = context.credentials.server_settings()
        self._path = f"/v3/{self.service_account.project_id}/messages:send"

    def app_settings(self) -> dict[str, object]:
        """The project's service account, and the app's id, which pushes name."""
        return {
            **self._server_settings,
            "service_account_file": str(self.service_account.file),
            "client_id": self._client_id,
        }

    def owns(self, path: str) -> bool:
        """`/v3/<project>/messages:send`"""
        return path.startswith("/v3/") and path.endswith("/messages:send")

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code; `503` is flow control, which has no code."""
        return _error(code, retry_after) if code in _STATUSES else None

    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Push to up to 1,000 tokens."""
        if request.path != self._path or request.method != "POST":
            return _error("404")
        code = self.service_account.rejection_code(request)
        if code:
            return _error(code)
        try:
            body = orjson.loads(request.body)
            tokens = [str(token) for token in body["target"]["token"]]
            code = message_problem(request.headers.get("push-type", ""), body, tokens)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error(_BAD_JSON)
        return _error(code, tokens=tokens) if code else _accept(body, tokens, rejected)

    def write_callback(self, batch: ReceiptBatch) -> CallbackRequest | None:
        """Receipts of Huawei's V2."""
        status = HUAWEI_STATUSES.get(batch.event)
        return None if status is None else statuses_v2(batch, status)


VENDOR = Harmony


def _accept(
    body: dict[str, dict[str, object]], tokens: list[str], rejected: RejectedTokens
) -> SandboxResponse:
    accepted, bad = split_tokens(tokens, rejected, "tokenFormatError")
    code, message = _SUCCESS, "Success"
    if bad:
        code = _PARTIAL_SUCCESS if accepted else _ALL_TOKENS_INVALID
        # Huawei's own sample has spaces around each reason.
        reasons = {f" {reason} ": named for reason, named in tokens_by_code(bad).items()}
        counts = {"success": len(accepted), "failure": len(bad), "illegalTokens": reasons}
        message = orjson.dumps(counts).decode()
    request_id = secrets.token_hex(12)
    tag = str(body.get("pushOptions", {}).get("biTag", ""))
    push = SandboxPush(
        tokens=tokens,
        accepted=accepted,
        callback_token=_callback_token(body["payload"]),
        receipts=ReceiptRequest(push_id=request_id, param=tag) if tag else None,
    )
    return json_response(200, {"code": code, "msg": message, "requestId": request_id}, code=code, push=push)


def _callback_token(payload: dict[str, object]) -> str:
    """The callback token in the data of a push of any type, '' if there is none."""
    try:
        if "formData" in payload:
            return str(payload["formData"].get("pushgate", ""))  # type: ignore[attr-defined]  # JSON
        if "extraData" in payload:
            return str(orjson.loads(str(payload["extraData"])).get("pushgate", ""))
        live: dict[str, object] = payload.get("activityData", {})  # type: ignore[assignment]  # JSON
        notification = payload.get("notification") or live["notificationData"]
        return str(notification["clickAction"].get("data", {}).get("pushgate", ""))  # type: ignore[index]  # JSON
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return ""


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
