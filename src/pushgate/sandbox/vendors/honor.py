"""Honor Push and its token endpoint, simulated (docs/reference/vendors/honor.md)."""

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

_ERRORS = {  # docs/reference/vendors/honor.md#codes: HTTP status, code, message
    "401": (401, 401, "unauthorized"),
    "403": (403, 403, "forbidden"),
    "404": (404, 404, "not found"),
    "429": (429, 429, "too many requests"),
    "500": (500, 500, "internal error"),
    "access_token": (200, 40001, "The access token is invalid"),
    "flow_control": (200, 40002, "flow control"),
    "40003": (200, 40003, "parameter"),
    "400": (400, 400, "bad request"),
    # Should Huawei's codes appear, they mean what they mean there (4.3).
    **{
        code: (200, int(code), "refused")
        for code in (
            "80300007",
            "80100001",
            "80200001",
            "80200003",
            "80200005",
            "80300002",
            "80300011",
            "80300013",
            "80100017",
            "80600003",
            "81000001",
        )
    },
}


class Honor:
    """The simulated Honor of one app."""

    name = "honor"
    of_tokens = frozenset(["expireTokens", "failTokens"])

    def __init__(self, credentials: Credentials, grants: Grants) -> None:
        self._credentials = credentials
        self._grants = grants

    def owns(self, path: str) -> bool:
        """`/auth/token` and `/api/v1/<app>/sendMessage`."""
        return path == "/auth/token" or (path.startswith("/api/v1/") and path.endswith("/sendMessage"))

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by the name it has here: Honor's codes are not confirmed."""
        return _error(code, retry_after) if code in _ERRORS else None

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """A token request, or a push to up to 1,000 tokens."""
        if sent.path == "/auth/token":
            return self._grant(sent)
        if sent.path != f"/api/v1/{self._credentials.honor_app_id}/sendMessage" or sent.method != "POST":
            return SandboxResponse(404)
        if not self._grants.holds("honor", sent.headers.get("authorization", ""), sent.at):
            return _error("401")
        if not sent.headers.get("timestamp", "").isdecimal():
            return _error("40003")
        try:
            body = orjson.loads(sent.body)
            tokens = [str(token) for token in body["token"]]
            good = _is_good(body, tokens)
            callback = str(orjson.loads(body.get("data", "{}")).get("pushgate", ""))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error("400")
        tag = str(body.get("android", {}).get("biTag", ""))
        return _send(tokens, refused, callback, tag) if good else _error("40003", tokens=tokens)

    def _grant(self, sent: Sent) -> SandboxResponse:
        form = {key: values[0] for key, values in parse_qs(sent.body.decode("utf-8", "replace")).items()}
        known = self._credentials
        same = hmac.compare_digest(form.get("client_secret", "").encode(), known.honor_secret.encode())
        if (
            form.get("grant_type") != "client_credentials"
            or form.get("client_id") != known.honor_client_id
            or not same
        ):
            return json_reply(401, {"error": "invalid_client"}, code="invalid_client")
        token = self._grants.give("honor", sent.at, timedelta(hours=1))
        told = {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}
        return json_reply(200, told, code="granted")


def _is_good(body: dict[str, dict[str, object]], tokens: list[str]) -> bool:
    android, outer = body.get("android", {}), body.get("notification", {})
    ttl, notification = str(android.get("ttl", "86400s")), android.get("notification")
    if not (1 <= len(tokens) <= 1000 and ttl.endswith("s") and ttl[:-1].isdecimal()):
        return False
    if not 1 <= int(ttl[:-1]) <= 1_296_000 or android.get("targetUserType", 0) not in (0, 1):
        return False
    if notification is None:
        # docs/reference/vendors/honor.md#options: data alone is a data message; the outer
        # notification needs nothing else.
        return bool(body.get("data")) if not outer else bool(outer.get("title") and outer.get("body"))
    return isinstance(notification, dict) and _is_shown(notification, outer)


def _is_shown(notification: dict[str, dict[str, object]], outer: dict[str, object]) -> bool:
    """See docs/reference/vendors/honor.md#options: title and body are in the outer notification or
    in Android's, which wins; without an importance it is marketing, which has no picture.
    """
    merged: dict[str, object] = {**outer, **notification}
    click, badge = notification.get("clickAction", {}), notification.get("badge", {})
    return (
        bool(merged.get("title") and merged.get("body"))
        and notification.get("importance", "LOW") in ("LOW", "NORMAL")
        and click.get("type") in (1, 2, 3)
        and (click["type"] != 1 or bool(click.get("intent") or click.get("action")))
        and (click["type"] != 2 or str(click.get("url", "")).startswith("https://"))
        and not (merged.get("image") and notification.get("importance", "LOW") == "LOW")
        and notification.get("style", 0) in (0, 1)
        and all(badge.get(name, 0) in range(100) for name in ("addNum", "setNum"))
        and _has_buttons(notification.get("buttons", []))  # type: ignore[arg-type]  # JSON
    )


def _has_buttons(buttons: list[dict[str, object]]) -> bool:
    return len(buttons) <= 3 and all(
        1 <= len(str(button["name"])) <= 40
        and button.get("actionType") in (0, 1, 2)
        and len(str(button.get("data", ""))) <= 1024
        for button in buttons
    )


def _send(tokens: list[str], refused: Refused, callback: str, tag: str) -> SandboxResponse:
    accepted, bad = sorted_out(tokens, refused, "expireTokens")
    lists = {name: [token for token, code in bad.items() if code == name] for name in Honor.of_tokens}
    request = secrets.token_hex(12)
    data = {"sendResult": True, "requestId": request, **lists}
    told = {"code": 200, "message": "success", "data": data}
    wanted = ReceiptWanted(request, tag) if tag else None
    return json_reply(
        200, told, code="200", tokens=tokens, accepted=accepted, callback=callback, wanted=wanted
    )


def _error(code: str, retry_after: int | None = None, tokens: list[str] | None = None) -> SandboxResponse:
    status, number, message = _ERRORS[code]
    headers = {"content-type": "application/json", **retry_header(retry_after)}
    return SandboxResponse(
        status, orjson.dumps({"code": number, "message": message}), headers, code, tokens or ()
    )
