"""Huawei Push Kit for HMS and its token endpoint, simulated (docs/reference/vendors/huawei.md)."""

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
    only_checked,
    retry_header,
    sorted_out,
)
from pushgate.sandbox.service_accounts import ServiceAccounts
from pushgate.sandbox.vendors.huawei_message import fault, targets_of

_STATUSES = {  # docs/reference/vendors/huawei.md#codes
    "80200001": 401, "80200003": 400, "80200005": 400, "80600003": 500, "81000001": 500, "503": 503, "404": 404,
    **dict.fromkeys(
        ["80300007", "80100001", "80100002", "80100003", "80100004", "80100013", "80100016", "80100017", "80100018",
         "80100020", "80300017", "80300028", "80300032", "80000001", "80300002", "80300008", "80300010", "80300011", "80300013"], 400),
}  # fmt: skip


class Huawei:
    """The simulated Huawei of one app."""

    name = "huawei"
    of_tokens: frozenset[str] = frozenset()

    def __init__(self, credentials: Credentials, grants: Grants) -> None:
        self._credentials = credentials
        self._grants = grants
        self._accounts = ServiceAccounts(credentials)
        self._revoke_path = f"/v1/{credentials.huawei_app_id}/messages:revoke"
        project = credentials.harmony_project_id
        self._paths = (f"/v1/{credentials.huawei_app_id}/messages:send", f"/v2/{project}/messages:send")

    def owns(self, path: str) -> bool:
        """`/oauth2/...`, and `/v1/...` or `/v2/...` but for FCM's."""
        return path.startswith(("/oauth2/", "/v1/", "/v2/")) and not path.startswith("/v1/projects/")

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code; `503` is flow control, which has no code."""
        return _error(code, retry_after) if code in _STATUSES else None

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """A token request, or a push to up to 1,000 tokens."""
        if sent.path.startswith("/oauth2/"):
            return self._grant(sent)
        revokes = sent.path == self._revoke_path
        if (sent.path not in self._paths and not revokes) or sent.method != "POST":
            return _error("404")
        granted = self._grants.holds("huawei", sent.headers.get("authorization", ""), sent.at)
        if not granted and (code := self._accounts.fault(sent)):
            return _error(code if code in _STATUSES else "80200001")
        if revokes:
            return _revoke(sent, refused)
        try:
            body = orjson.loads(sent.body)
            message = body["message"]
            targets = targets_of(message)
            code = fault(message, targets)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
            return _error("80100003")
        if code:
            return _error(code, tokens=targets)
        reply = self._send(message, targets, refused)
        return only_checked(reply) if body.get("validate_only") else reply

    def _send(
        self, message: dict[str, dict[str, str]], targets: list[str], refused: Refused
    ) -> SandboxResponse:
        accepted, bad = sorted_out(targets, refused)
        request = secrets.token_hex(12)
        if not accepted:
            return _error("80300007", tokens=targets)
        tag = str(message.get("android", {}).get("bi_tag", ""))
        wanted = ReceiptWanted(request, tag) if tag and "token" in message else None
        if bad:
            told = orjson.dumps(
                {"success": len(accepted), "failure": len(bad), "illegal_tokens": list(bad)}
            ).decode()
            reply = {"code": "80100000", "msg": told, "requestId": request}
        else:
            reply = {"code": "80000000", "msg": "Success", "requestId": request}
        return json_reply(
            200,
            reply,
            code=reply["code"],
            tokens=targets,
            accepted=accepted,
            callback=_callback(message),
            wanted=wanted,
        )

    def _grant(self, sent: Sent) -> SandboxResponse:
        form = {key: values[0] for key, values in parse_qs(sent.body.decode("utf-8", "replace")).items()}
        credentials = self._credentials
        if (
            form.get("grant_type") != "client_credentials"
            or form.get("client_id") != credentials.huawei_app_id
        ):
            return json_reply(
                400, {"error": 1101, "sub_error": 20002, "error_description": "invalid client"}, code="1101"
            )
        if not hmac.compare_digest(
            form.get("client_secret", "").encode(), credentials.huawei_secret.encode()
        ):
            return json_reply(
                400, {"error": 1101, "sub_error": 20044, "error_description": "invalid secret"}, code="1101"
            )
        token = self._grants.give("huawei", sent.at, timedelta(hours=1))
        return json_reply(
            200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}, code="granted"
        )


def _callback(message: dict[str, dict[str, str]]) -> str:
    try:
        data = message.get("android", {}).get("data") or str(message.get("data", "{}"))
        return str(orjson.loads(data).get("pushgate", ""))
    except (orjson.JSONDecodeError, AttributeError):
        return ""


def _revoke(sent: Sent, refused: Refused) -> SandboxResponse:
    """See docs/reference/vendors/huawei.md#recall, docs/reference/vendors/harmony.md#recall."""
    try:
        body = orjson.loads(sent.body)
        tokens = [str(token) for token in body["token"]]
        known = isinstance(body["notifyId"], int) and sent.headers.get("push-type") in ("0", "2")
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return _error("80100020")
    if not known or not 1 <= len(tokens) <= 1000:
        return _error("80100020", tokens=tokens)
    _, bad = sorted_out(tokens, refused)
    told = {"success": len(tokens) - len(bad), "failure": len(bad), "illegal_tokens": list(bad)}
    code = "80100000" if bad else "80000000"
    reply = {
        "code": code,
        "msg": orjson.dumps(told).decode() if bad else "Success",
        "requestId": secrets.token_hex(12),
    }
    # Recorded as no push: nothing was delivered.
    return json_reply(200, reply, code="revoked")


def _error(code: str, retry_after: int | None = None, tokens: list[str] | None = None) -> SandboxResponse:
    status = _STATUSES[code]
    headers = {"content-type": "application/json", **retry_header(retry_after)}
    body = (
        b""
        if len(code) < 8
        else orjson.dumps({"code": code, "msg": "refused", "requestId": secrets.token_hex(12)})
    )
    return SandboxResponse(status, body, headers, code, tokens or ())
