"""OPPO Push, simulated (docs/reference/vendors/oppo.md)."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from urllib.parse import parse_qs

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

_CODES = frozenset(  # docs/reference/vendors/oppo.md#codes
    [
        "-1",
        "-2",
        "11",
        "12",
        "13",
        "14",
        "15",
        "16",
        "17",
        "18",
        "19",
        "20",
        "21",
        "22",
        "23",
        "24",
        "25",
        "26",
        "27",
        "28",
        "29",
        "30",
        "31",
        "32",
        "33",
        "34",
        "40",
        "41",
        "51",
        "54",
        "55",
        "59",
        "67",
        "10000",
    ]
)
_LISTED = frozenset(["10000", "10001", "10004"])  # docs/reference/vendors/oppo.md#codes, broadcasts
_SKEW = timedelta(minutes=10)
_LIFE = timedelta(hours=24)
_CALLED = frozenset(["unicast", "unicast_batch", "save_message_content", "broadcast"])
# docs/reference/vendors/index.md#categories
_MARKETING = frozenset(["NEWS", "CONTENT", "MARKETING", "SOCIAL"])
_CALLS = "/server/v1/message/notification/"
_KNOWN = 10_000
_TEN_DAYS = 864_000


class Oppo:
    """The simulated OPPO of one app."""

    name = "oppo"
    of_tokens = _CODES | _LISTED

    def __init__(self, credentials: Credentials, grants: Grants) -> None:
        self._credentials = credentials
        self._grants = grants
        self._saved: dict[str, dict[str, object]] = {}

    def owns(self, path: str) -> bool:
        """`/server/v1/...`"""
        return path.startswith("/server/v1/")

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code; `500` is a server that is broken."""
        if code == "500":
            return SandboxResponse(500, b"", retry_header(retry_after), code)
        if code not in _CODES:
            return None
        reply = _error(code)
        return SandboxResponse(reply.status, reply.body, {**reply.headers, **retry_header(retry_after)}, code)

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """A login, up to 1,000 notifications, content to save, or a push of it to up to 1,000."""
        form = {key: values[0] for key, values in parse_qs(sent.body.decode("utf-8", "replace")).items()}
        if sent.path == "/server/v1/auth":
            return self._log_in(sent, form)
        call = sent.path.removeprefix(_CALLS)
        if call not in _CALLED or sent.method != "POST":
            return _error("12")
        # Documented in the form; some clients have it among the headers
        # (docs/reference/vendors/oppo.md#credentials).
        token = form.get("auth_token") or sent.headers.get("auth_token", "")
        if not self._grants.holds("oppo", f"Bearer {token}", sent.at):
            return _error("11")
        if call == "save_message_content":
            return self._save(form)
        if call == "broadcast":
            return self._broadcast(form, refused)
        if call == "unicast":
            return _unicast(form, refused)
        try:
            messages = orjson.loads(form["messages"])
            tokens = [str(message["target_value"]) for message in messages]
            good = 1 <= len(messages) <= 1000 and all(
                _is_good(m) for m in {orjson.dumps(m["notification"]): m for m in messages}.values()
            )
            first = messages[0]["notification"]
            callback = str(orjson.loads(first.get("action_parameters", "{}")).get("pushgate", ""))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, IndexError):
            return _error("41")
        return _send(tokens, refused, callback, first) if good else _error("41", tokens)

    def _save(self, form: dict[str, str]) -> SandboxResponse:
        notification: dict[str, object] = {
            name: int(text) if text.isdecimal() and name not in ("title", "content") else text
            for name, text in form.items()
        }
        if not _fits(notification) or (notification.get("style") == 3) != ("big_picture_id" in notification):
            return _error("59" if "big_picture_id" in notification else "41")
        if len(self._saved) >= _KNOWN:
            self._saved.clear()
        message_id = secrets.token_hex(12)
        self._saved[message_id] = notification
        told = {"code": 0, "message": "Success", "data": {"message_id": message_id}}
        return json_reply(200, told, code="saved")

    def _broadcast(self, form: dict[str, str], refused: Refused) -> SandboxResponse:
        tokens = [token for token in form.get("target_value", "").split(";") if token]
        notification = self._saved.get(form.get("message_id", ""))
        if notification is None or form.get("target_type") != "2" or not 1 <= len(tokens) <= 1000:
            return _error("41", tokens)
        accepted, bad = sorted_out(tokens, refused, "10000")
        task = secrets.token_hex(12)
        data: dict[str, object] = {"message_id": form["message_id"], "task_id": task}
        for code in {*bad.values()}:
            data[code] = [token for token, said in bad.items() if said == code]
        try:
            callback = str(orjson.loads(str(notification.get("action_parameters", "{}"))).get("pushgate", ""))
        except (orjson.JSONDecodeError, AttributeError):
            callback = ""
        return json_reply(
            200,
            {"code": 0, "message": "Success", "data": data},
            code="0",
            tokens=tokens,
            accepted=accepted,
            callback=callback,
            wanted=_wanted(notification),
        )

    def _log_in(self, sent: Sent, form: dict[str, str]) -> SandboxResponse:
        known, stamp = self._credentials, form.get("timestamp", "")
        if form.get("app_key") != known.oppo_app_key:
            return _error("14")
        if not stamp.isdecimal() or abs(int(stamp) / 1000 - sent.at.timestamp()) > _SKEW.total_seconds():
            return _error("19")
        sign = hashlib.sha256(f"{known.oppo_app_key}{stamp}{known.oppo_secret}".encode()).hexdigest()
        if not hmac.compare_digest(form.get("sign", "").encode(), sign.encode()):
            return _error("16")
        data = {"auth_token": self._grants.give("oppo", sent.at, _LIFE), "create_time": int(stamp)}
        return json_reply(200, {"code": 0, "message": "Success", "data": data}, code="granted")


def _is_good(message: dict[str, object]) -> bool:
    notification = message["notification"]
    # docs/reference/vendors/oppo.md#options: style 3 is for broadcasts only.
    return (
        message.get("target_type") in (2, 5)
        and isinstance(notification, dict)
        and notification.get("style") != 3
        and "big_picture_id" not in notification
        and _fits(notification)
    )


def _fits(notification: dict[str, object]) -> bool:
    title, content = str(notification.get("title", "")), str(notification.get("content", ""))
    longest = 128 if notification.get("style") == 2 else 50
    ttl = notification.get("off_line_ttl", 3600)
    return (
        1 <= len(title) <= 50
        and 1 <= len(content) <= longest
        and len(str(notification.get("sub_title", ""))) <= 10
        and _opens(notification)
        and isinstance(ttl, int)
        and 0 < ttl <= _TEN_DAYS
        and _is_classed(notification)
        and _counts(notification)
        and _lasts(notification)
        and notification.get("show_time_type", 0) in (0, 1)
        and (("show_start_time" in notification) == ("show_end_time" in notification))
        and len(str(notification.get("action_parameters", ""))) <= 4000
        and len(str(notification.get("call_back_url", ""))) <= 200
        and len(str(notification.get("call_back_parameter", ""))) <= 100
    )


def _opens(notification: dict[str, object]) -> bool:
    """See docs/reference/vendors/oppo.md#options. Without a type a click opens the app."""
    activity, url = notification.get("click_action_activity"), notification.get("click_action_url")
    match notification.get("click_action_type", 0):
        case 0:
            return True
        case 1 | 4:
            return 1 <= len(str(activity or "")) <= 500
        case 2 | 5:
            return 1 <= len(str(url or "")) <= 2000
    return False


def _is_classed(notification: dict[str, object]) -> bool:
    """A level needs a category, and the louder ones one of communication and service. See
    docs/reference/vendors/oppo.md#options.
    """
    level, category = notification.get("notify_level", 0), notification.get("category")
    return level == 0 or (
        level in (1, 2, 16) and bool(category) and (level == 1 or category not in _MARKETING)
    )


def _lasts(notification: dict[str, object]) -> bool:
    """Shown for 12 hours at most, 24 in the classes of communication and service. See
    docs/reference/vendors/oppo.md#options.
    """
    private = bool(notification.get("category")) and notification["category"] not in _MARKETING
    shown = notification.get("show_ttl", 0)
    return isinstance(shown, int) and 0 <= shown <= (86_400 if private else 43_200)


def _counts(notification: dict[str, object]) -> bool:
    """The number at the icon is set, or added to, which needs no number. See
    docs/reference/vendors/oppo.md#options.
    """
    kind, number = notification.get("badge_operation_type"), notification.get("badge_message_count")
    if kind is None:
        return number is None
    return kind in (0, 1) and (isinstance(number, int) and number >= 0 if number is not None else kind == 1)


def _unicast(form: dict[str, str], refused: Refused) -> SandboxResponse:
    """One notification; a dead terminal is the code of the whole."""
    try:
        message = orjson.loads(form["message"])
        token, notification = str(message["target_value"]), message["notification"]
        good = _is_good(message)
        callback = str(orjson.loads(notification.get("action_parameters", "{}")).get("pushgate", ""))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return _error("41")
    if not good:
        return _error("41", [token])
    accepted, bad = sorted_out([token], refused, "10000")
    if bad:
        return _error(bad[token], [token])
    told = {"code": 0, "message": "Success", "data": {"messageId": secrets.token_hex(12)}}
    return json_reply(
        200,
        told,
        code="0",
        tokens=[token],
        accepted=accepted,
        callback=callback,
        wanted=_wanted(notification),
    )


def _send(
    tokens: list[str], refused: Refused, callback: str, notification: dict[str, object]
) -> SandboxResponse:
    accepted, bad = sorted_out(tokens, refused, "10000")
    data = [
        {"registrationId": token, "errorCode": int(bad[token]), "errorMessage": "refused"}
        if token in bad
        else {"messageId": secrets.token_hex(12), "registrationId": token}
        for token in tokens
    ]
    told = {"code": 0, "message": "Success", "data": data}
    return json_reply(
        200, told, code="0", tokens=tokens, accepted=accepted, callback=callback, wanted=_wanted(notification)
    )


def _wanted(notification: dict[str, object]) -> ReceiptWanted | None:
    """See docs/reference/vendors/oppo.md#options. For all of a request under one id, where OPPO
    gives each terminal its own.
    """
    if not (url := str(notification.get("call_back_url", ""))):
        return None
    return ReceiptWanted(secrets.token_hex(12), str(notification.get("call_back_parameter", "")), url)


def _error(code: str, tokens: list[str] | None = None) -> SandboxResponse:
    return json_reply(200, {"code": int(code), "message": "refused"}, code=code, tokens=tokens or ())
