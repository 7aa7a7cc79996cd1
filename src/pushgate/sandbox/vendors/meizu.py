"""Meizu Push, simulated (docs/reference/vendors/meizu.md)."""

import hashlib
import hmac
import re
import secrets
from urllib.parse import parse_qs

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

_CODES = frozenset(  # docs/reference/vendors/meizu.md#codes
    [
        "300",
        "500",
        "1001",
        "1003",
        "1005",
        "1006",
        "110000",
        "110001",
        "110002",
        "110003",
        "110004",
        "110009",
        "110010",
        "110019",
        "110031",
        "110032",
        "110033",
        "110051",
        "110053",
    ]
)
_OF_IDS = frozenset(  # docs/reference/vendors/meizu.md#codes: inside `value`
    ["110002", "110003", "110005", "110010", "110011", "520", "501", "513", "519", "201"]
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+")
_PATH = "/garcia/api/server/push/varnished/pushByPushId"


class Meizu:
    """The simulated Meizu of one app."""

    name = "meizu"
    of_tokens = _OF_IDS

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def owns(self, path: str) -> bool:
        """`/garcia/...`"""
        return path.startswith("/garcia/")

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code."""
        if code not in _CODES:
            return None
        reply = _error(code)
        return SandboxResponse(reply.status, reply.body, {**reply.headers, **retry_header(retry_after)}, code)

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """A notification to up to 100 push ids."""
        if sent.path != _PATH or sent.method != "POST":
            return SandboxResponse(404, b"", {}, "404")
        form = {key: values[0] for key, values in parse_qs(sent.body.decode("utf-8", "replace")).items()}
        if form.get("appId") != self._credentials.meizu_app_id:
            return _error("110000")
        text = "".join(f"{name}={form[name]}" for name in sorted(form) if name != "sign")
        sign = hashlib.md5(
            f"{text}{self._credentials.meizu_secret}".encode(), usedforsecurity=False
        ).hexdigest()
        if not hmac.compare_digest(form.get("sign", "").encode(), sign.encode()):
            return _error("1006")
        tokens = [token for token in form.get("pushIds", "").split(",") if token]
        try:
            message = orjson.loads(form["messageJson"])
            good = 1 <= len(tokens) <= 100 and _is_good(message)
            callback = str(message["clickTypeInfo"].get("parameters", {}).get("pushgate", ""))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error("1005")
        return (
            _send(tokens, refused, callback, dict(message.get("extra", {})))
            if good
            else _error("110004", tokens)
        )


def _is_good(message: dict[str, dict[str, object]]) -> bool:
    bar, time, unfolded = (
        message["noticeBarInfo"],
        message.get("pushTimeInfo", {}),
        message.get("noticeExpandInfo", {}),
    )
    need = {0: "noticeExpandType", 1: "noticeExpandContent", 2: "noticeExpandImgUrl"}
    kind = unfolded.get("noticeExpandType", 0)
    if kind not in need or (kind and not unfolded.get(need[kind])):
        return False
    return (
        1 <= len(str(bar.get("title", ""))) <= 32
        and 1 <= len(str(bar.get("content", ""))) <= 100
        and bar.get("noticeMsgType") in (0, 1)
        and time.get("offLine", 1) in (0, 1)
        and time.get("validTime", 24) in range(1, 73)
        and len(str(message.get("advanceInfo", {}).get("notifyKey", ""))) <= 8
        and _opens(message["clickTypeInfo"])
        and len(str(message.get("extra", {}).get("callback", ""))) <= 128
        and len(str(message.get("extra", {}).get("callback.param", ""))) <= 64
    )


def _opens(click: dict[str, object]) -> bool:
    """The app, an activity, or a web page or a URI of the app's own; 3 is withdrawn. See
    docs/reference/vendors/meizu.md#options.
    """
    match click.get("clickType"):
        case 0:
            return True
        case 1:
            return bool(click.get("activity"))
        case 2:
            return bool(_URI.fullmatch(str(click.get("url", ""))))
    return False


def _send(tokens: list[str], refused: Refused, callback: str, extra: dict[str, object]) -> SandboxResponse:
    accepted, bad = sorted_out(tokens, refused, "110003")
    value: dict[str, list[str]] = {}
    for token, code in bad.items():
        value.setdefault(code, []).append(token)
    message_id = f"NS{secrets.token_hex(10)}"
    told = {
        "code": "200",
        "message": "",
        "msgId": message_id,
        "redirect": "",
        "value": value,
    }
    return json_reply(
        200,
        told,
        code="200",
        tokens=tokens,
        accepted=accepted,
        callback=callback,
        wanted=_wanted(extra, message_id),
    )


def _wanted(extra: dict[str, object], message_id: str) -> ReceiptWanted | None:
    """See docs/reference/vendors/meizu.md#receipts. Without a type: arrivals and clicks."""
    types = extra.get("callback.type", 3)
    if "callback" not in extra or not isinstance(types, int):
        return None
    return ReceiptWanted(message_id, str(extra.get("callback.param", "")), str(extra["callback"]), types)


def _error(code: str, tokens: list[str] | None = None) -> SandboxResponse:
    return json_reply(200, {"code": code, "message": "refused", "value": ""}, code=code, tokens=tokens or ())
