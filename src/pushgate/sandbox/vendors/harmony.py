"""Huawei Push Kit for HarmonyOS 5+, v3, simulated (docs/reference/vendors/harmony.md)."""

import secrets

import orjson

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.exchange import (
    ReceiptWanted,
    Refused,
    SandboxResponse,
    Sent,
    json_reply,
    retry_header,
    sorted_out,
)
from pushgate.sandbox.service_accounts import ServiceAccounts
from pushgate.sandbox.vendors.harmony_message import fault

_STATUSES = {  # docs/reference/vendors/harmony.md#codes
    "80200001": 401, "80200005": 400, "81000001": 500, "503": 503, "404": 404,
    **dict.fromkeys(
        ["80300007", "80100001", "80100003", "80100004", "80100022", "80300002", "80300008", "80300010", "80300029",
         "80300030", "80300036", "80300037"], 400),
}  # fmt: skip
_REASONS = frozenset(  # docs/reference/vendors/harmony.md#codes
    [
        "tokenFormatError", "tokenPlatformNotSupport", "noRight", "noPushTypeRight",
        "noRightToSendThisLiveNotificationEvent", "notSupportPlayVoice", "differentImgVerifyPolicy",
        "atomicUnableSendUnsubscribedMsg", "countryNotSupport", "appinfoError", "disableSendHuaweiMsgBecauseOfPenalty",
    ]
)  # fmt: skip


class Harmony:
    """The simulated v3 of one project."""

    name = "harmony"
    of_tokens = _REASONS

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._accounts = ServiceAccounts(credentials)

    def owns(self, path: str) -> bool:
        """`/v3/<project>/messages:send`."""
        return path.startswith("/v3/") and path.endswith("/messages:send")

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code; `503` is flow control, which has no code."""
        return _error(code, retry_after) if code in _STATUSES else None

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """A push to up to 1,000 tokens."""
        if sent.path != f"/v3/{self._credentials.harmony_project_id}/messages:send" or sent.method != "POST":
            return _error("404")
        code = self._accounts.fault(sent)
        if code:
            return _error(code)
        try:
            body = orjson.loads(sent.body)
            tokens = [str(token) for token in body["target"]["token"]]
            code = fault(sent.headers.get("push-type", ""), body, tokens)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error("80100003")
        return _error(code, tokens=tokens) if code else _send(body, tokens, refused)


def _send(body: dict[str, dict[str, object]], tokens: list[str], refused: Refused) -> SandboxResponse:
    accepted, bad = sorted_out(tokens, refused, "tokenFormatError")
    code, message = "80000000", "Success"
    if bad:
        code = "80100000" if accepted else "80300007"
        # Padded, as an official sample is.
        listed: dict[str, list[str]] = {}
        for token, reason in bad.items():
            listed.setdefault(f" {reason} ", []).append(token)
        told = {"success": len(accepted), "failure": len(bad), "illegalTokens": listed}
        message = orjson.dumps(told).decode()
    reply = {"code": code, "msg": message, "requestId": secrets.token_hex(12)}
    tag = str(body.get("pushOptions", {}).get("biTag", ""))
    return json_reply(
        200,
        reply,
        code=code,
        tokens=tokens,
        accepted=accepted,
        callback=_callback(body["payload"]),
        wanted=ReceiptWanted(reply["requestId"], tag) if tag else None,
    )


def _callback(payload: dict[str, object]) -> str:
    try:
        if "formData" in payload:
            return str(payload["formData"].get("pushgate", ""))  # type: ignore[attr-defined]  # JSON
        if "extraData" in payload:
            return str(orjson.loads(str(payload["extraData"])).get("pushgate", ""))
        live: dict[str, object] = payload.get("activityData", {})  # type: ignore[assignment]  # JSON
        shown = payload.get("notification") or live["notificationData"]
        return str(shown["clickAction"].get("data", {}).get("pushgate", ""))  # type: ignore[index]  # JSON
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return ""


def _error(code: str, retry_after: int | None = None, tokens: list[str] | None = None) -> SandboxResponse:
    headers = {"content-type": "application/json", **retry_header(retry_after)}
    told = {"code": code, "msg": "refused", "requestId": secrets.token_hex(12)}
    return SandboxResponse(
        _STATUSES[code], orjson.dumps(told) if len(code) == 8 else b"", headers, code, tokens or ()
    )
