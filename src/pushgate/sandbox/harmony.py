"""Huawei Push Kit for HarmonyOS 5+, v3, simulated (VENDORS 5)."""

import secrets

import orjson

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.exchange import (
    ReceiptWanted,
    Refused,
    Reply,
    Sent,
    json_reply,
    retry_header,
    sorted_out,
)
from pushgate.sandbox.service_accounts import ServiceAccounts

_DAY = 86_400
_STATUSES = {  # VENDORS 5.3
    "80200001": 401, "80200005": 400, "81000001": 500, "503": 503, "404": 404,
    **dict.fromkeys(
        ["80300007", "80100001", "80100003", "80100004", "80100022", "80300002", "80300008", "80300010", "80300029",
         "80300030", "80300036", "80300037"], 400),
}  # fmt: skip
_REASONS = frozenset(  # VENDORS 5.3
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

    def error(self, code: str, retry_after: int | None) -> Reply | None:
        """An error by its code; `503` is flow control, which has no code."""
        return _error(code, retry_after) if code in _STATUSES else None

    def answer(self, sent: Sent, refused: Refused) -> Reply:
        """A push to up to 1,000 tokens."""
        if sent.path != f"/v3/{self._credentials.harmony_project_id}/messages:send" or sent.method != "POST":
            return _error("404")
        code = self._accounts.fault(sent)
        if code:
            return _error(code)
        try:
            body = orjson.loads(sent.body)
            tokens = [str(token) for token in body["target"]["token"]]
            code = _fault(sent, body, tokens)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error("80100003")
        return _error(code, tokens=tokens) if code else _send(body, tokens, refused)


def _fault(sent: Sent, body: dict[str, dict[str, object]], tokens: list[str]) -> str:
    """The code for the first thing wrong with a message, or ''."""
    most = 1 if sent.headers.get("push-type") == "1" else 1000
    if not 1 <= len(tokens) <= most:
        return "80300010"
    options = body.get("pushOptions", {})
    ttl = options.get("ttl", _DAY)
    if not isinstance(ttl, int) or not 1 <= ttl <= 1_296_000:
        return "80100004"
    if options.get("testMessage") and len(tokens) > 10:
        return "80300030"
    collapse = options.get("collapseKey", -1)
    kind = sent.headers.get("push-type", "")
    if (
        not isinstance(collapse, int)
        or not -1 <= collapse <= 100
        or ("collapseKey" in options and kind not in ("0", "2"))
    ):
        return "80100001"
    if len(str(options.get("biTag", "")).encode()) > 64:
        return "80100001"
    if not _payload_fits(kind, body["payload"]):
        return "80100001"
    rest = {**body, "target": {"token": []}}
    return "80300008" if len(orjson.dumps(rest)) > 4096 else ""


def _payload_fits(kind: str, payload: dict[str, object]) -> bool:
    notification = payload.get("notification")
    match kind:
        case "0":
            return isinstance(notification, dict) and _is_shown(notification)
        case "1":
            return _is_form(payload)
        case "2":
            return (
                isinstance(notification, dict)
                and notification.get("category") == "PLAY_VOICE"
                and isinstance(payload.get("extraData"), str)
                and _is_shown(notification)
            )
        case "6":
            return (
                isinstance(payload.get("extraData"), str) and payload.get("proxyData", "ENABLE") == "ENABLE"
            )
    return False


def _is_form(payload: dict[str, object]) -> bool:
    return (
        all(isinstance(payload.get(name), int) for name in ("formId", "version"))
        and all(payload.get(name) for name in ("moduleName", "formName", "abilityName"))
        and isinstance(payload.get("formData"), dict)
        and isinstance(payload.get("images", []), list)
    )


def _is_shown(notification: dict[str, object]) -> bool:
    click, lines = notification.get("clickAction"), notification.get("inboxContent", [])
    texts = all(
        isinstance(notification.get(name), str) and notification[name]
        for name in ("category", "title", "body")
    )
    if not texts or not isinstance(click, dict) or click.get("actionType") not in (0, 1, 3, 5):
        return False
    number, style = notification.get("notifyId", 0), notification.get("style", 0)
    return (
        (click["actionType"] != 1 or bool(click.get("action") or click.get("uri")))
        and (click["actionType"] != 5 or 1 <= len(str(click.get("data", {}).get("tel", ""))) <= 20)
        and isinstance(number, int)
        and 0 <= number < 2**31
        and 1 <= len(str(notification.get("appMessageId", "-"))) <= 64
        and style in (0, 1, 3)
        and (style != 1 or bool(notification.get("bigTitle") and notification.get("bigBody")))
        and (style != 3 or bool(lines))
        and isinstance(lines, list)
        and len(lines) <= 3
        and all(len(str(line)) <= 1024 for line in lines)
        and len(str(notification.get("profileId", ""))) <= 64
    )


def _send(body: dict[str, dict[str, object]], tokens: list[str], refused: Refused) -> Reply:
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
        return str(payload["notification"]["clickAction"].get("data", {}).get("pushgate", ""))  # type: ignore[index]  # JSON
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return ""


def _error(code: str, retry_after: int | None = None, tokens: list[str] | None = None) -> Reply:
    headers = {"content-type": "application/json", **retry_header(retry_after)}
    told = {"code": code, "msg": "refused", "requestId": secrets.token_hex(12)}
    return Reply(_STATUSES[code], orjson.dumps(told) if len(code) == 8 else b"", headers, code, tokens or ())
