"""vivo Push, simulated (docs/reference/vendors/vivo.md)."""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

import orjson

from pushgate.sandbox.access_tokens import Grants
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

_CODES = frozenset(
    [
        "10000",
        "10045",
        "10050",
        "10069",
        "10070",
        "10071",
        "10072",
        "10093",
        "10094",
        "10096",
        "10097",
        "10101",
        "10102",
        "10103",
        "10252",
        "10254",
        "10302",
    ]
)  # docs/reference/vendors/vivo.md#codes
_SKEW = timedelta(minutes=10)
_LIFE = timedelta(hours=24)
_CATEGORIES = {  # docs/reference/vendors/vivo.md#options
    **dict.fromkeys(["IM", "ACCOUNT", "TODO", "DEVICE_REMINDER", "ORDER", "SUBSCRIPTION"], 1),
    **dict.fromkeys(["NEWS", "CONTENT", "MARKETING", "SOCIAL"], 0),
}
_KNOWN_TASKS = 10_000


class Vivo:
    """The simulated vivo of one app."""

    name = "vivo"
    # docs/reference/vendors/vivo.md#codes: the status of a single user
    of_tokens = frozenset(["1", "2", "4"])

    def __init__(self, credentials: Credentials, grants: Grants) -> None:
        self._credentials = credentials
        self._grants = grants
        self._tasks: dict[str, dict[str, object]] = {}

    def owns(self, path: str) -> bool:
        """`/message/...`"""
        return path.startswith("/message/")

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code; `500` is a server that is broken."""
        if code == "500":
            return SandboxResponse(500, b"", retry_header(retry_after), code)
        if code not in _CODES:
            return None
        reply = _error(code)
        return SandboxResponse(reply.status, reply.body, {**reply.headers, **retry_header(retry_after)}, code)

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """A login, a push to one, content to save, or a push of it to many."""
        try:
            body = orjson.loads(sent.body)
            if sent.path == "/message/auth":
                return self._log_in(sent, body)
            if not self._grants.holds("vivo", f"Bearer {sent.headers.get('authtoken', '')}", sent.at):
                return _error("10000")
            # Some of the vendor's own clients leave it out: the access token says which app it is.
            if str(body.get("appId", self._credentials.vivo_app_id)) != self._credentials.vivo_app_id:
                return _error("10094")
            match sent.path:
                case "/message/send":
                    return self._single(body, refused)
                case "/message/saveListPayload":
                    return self._save(body)
                case "/message/pushToList":
                    return self._push(body, refused)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error("10050")
        return SandboxResponse(404, b"", {}, "404")

    def _log_in(self, sent: Sent, body: dict[str, object]) -> SandboxResponse:
        known, stamp = self._credentials, body.get("timestamp")
        if not isinstance(stamp, int) or abs(stamp / 1000 - sent.at.timestamp()) > _SKEW.total_seconds():
            return _error("10000")
        text = f"{known.vivo_app_id}{known.vivo_app_key}{stamp}{known.vivo_secret}"
        sign = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(str(body.get("sign", "")).encode(), sign.encode()):
            return _error("10000")
        token = self._grants.give("vivo", sent.at, _LIFE)
        return json_reply(200, {"result": 0, "desc": "ok", "authToken": token}, code="granted")

    def _single(self, body: dict[str, object], refused: Refused) -> SandboxResponse:
        code, token = _fault(body), str(body["regId"])
        if code:
            return _error(code, [token])
        told: dict[str, object] = {"result": 0, "desc": "ok", "taskId": secrets.token_hex(9)}
        accepted, bad = sorted_out([token], refused, "2")
        if bad:
            told["invalidUser"] = {"userid": token, "status": int(bad[token])}
        return json_reply(
            200,
            told,
            code="0",
            tokens=[token],
            accepted=accepted,
            callback=_callback(body),
            wanted=_wanted(body, str(told["taskId"])),
        )

    def _save(self, body: dict[str, object]) -> SandboxResponse:
        code = _fault(body)
        if code:
            return _error(code)
        if len(self._tasks) >= _KNOWN_TASKS:
            self._tasks.clear()
        task = secrets.token_hex(9)
        self._tasks[task] = body
        return json_reply(200, {"result": 0, "desc": "ok", "taskId": task}, code="saved")

    def _push(self, body: dict[str, object], refused: Refused) -> SandboxResponse:
        listed = body["regIds"]
        assert isinstance(listed, list)
        tokens = [str(token) for token in listed]
        if not 2 <= len(tokens) <= 1000 or body.get("taskId") not in self._tasks or not _identified(body):
            return _error("10050", tokens)
        accepted, bad = sorted_out(tokens, refused, "1")
        users = [{"userid": token, "status": int(status)} for token, status in bad.items()]
        told = {"result": 0, "desc": "ok", "invalidUsers": users}
        task = str(body["taskId"])
        content = self._tasks[task]
        return json_reply(
            200,
            told,
            code="0",
            tokens=tokens,
            accepted=accepted,
            callback=_callback(content),
            wanted=_wanted(content, task, single=False),
        )


def _identified(body: dict[str, object]) -> bool:
    return 1 <= len(str(body.get("requestId", ""))) <= 64


def _fault(body: dict[str, object]) -> str:
    """The code for the first thing wrong with content, or ''."""
    extra = body.get("extra")
    extra = extra if isinstance(extra, dict) else {}
    category, ttl, custom = (
        body.get("category"),
        body.get("timeToLive", 86400),
        body.get("clientCustomMap", {}),
    )
    if category is not None and category not in _CATEGORIES:
        return "10096"
    if category is not None and body.get("classification", 0) != _CATEGORIES[str(category)]:
        return "10097"
    good = (
        1 <= _width(str(body.get("title", ""))) <= 40
        and 1 <= _width(str(body.get("content", ""))) <= 100
        and body.get("notifyType") in (1, 2, 3, 4)
        and _opens(body)
        and isinstance(ttl, int)
        and 60 <= ttl <= 86_400
        and isinstance(custom, dict)
        and sum(len(key) + len(str(value)) for key, value in custom.items()) <= 1024
        and _identified(body)
        and isinstance(body.get("addBadge", True), bool)
        and 1 <= int(str(body.get("notifyId", 1))) < 2**31
        and len(str(extra.get("callback", ""))) <= 128
        and len(str(extra.get("callback.param", ""))) <= 64
    )
    return "" if good else "10050"


_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]")


def _width(text: str) -> int:
    """A Chinese, Japanese or Korean character counts 2. See
    docs/reference/vendors/vivo.md#options.
    """
    return len(text) + len(_WIDE.findall(text))


def _opens(body: dict[str, object]) -> bool:
    """Home, a web page, or an activity by its intent URI. See
    docs/reference/vendors/vivo.md#options.
    """
    content = str(body.get("skipContent") or "")
    match body.get("skipType"):
        case 1:
            return True
        case 2:
            return content.startswith(("http://", "https://")) and len(content) <= 1000
        case 3 | 4:
            return content.startswith("intent:") and content.endswith(";end") and len(content) <= 1024
    return False


def _callback(body: dict[str, object]) -> str:
    custom = body.get("clientCustomMap")
    return str(custom.get("pushgate", "")) if isinstance(custom, dict) else ""


def _wanted(body: dict[str, object], task: str, *, single: bool = True) -> ReceiptWanted | None:
    """An address in the push is for single ones in production mode, that of the console for lists
    too. See docs/reference/vendors/vivo.md#receipts.
    """
    extra = body.get("extra")
    if not isinstance(extra, dict):
        return None
    quoted = str(extra.get("callback.param", ""))
    if "callback.id" in extra:
        return ReceiptWanted(task, quoted)
    if "callback" in extra and single and body.get("pushMode") == 0:
        return ReceiptWanted(task, quoted, str(extra["callback"]))
    return None


def _error(code: str, tokens: list[str] | None = None) -> SandboxResponse:
    return json_reply(200, {"result": int(code), "desc": "refused"}, code=code, tokens=tokens or ())
