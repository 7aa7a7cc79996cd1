"""Xiaomi MiPush, simulated (docs/reference/vendors/xiaomi.md): HTTP 200 whatever it says; the code
in the body tells.
"""

import hmac
import re
import secrets
from urllib.parse import parse_qsl

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

_CODES = [
    "0",
    "20301",
    "10029",
    "65003",
    "10001",
    "10002",
    "10003",
    "1",
    "-1",
    "20607",
    "26003",
    "65029",
    "10027",
    "26004",
    "10034",
    "200001",
    "10037",
    "10008",
    "10012",
    "10016",
    "10017",
    "21305",
    "65009",
    "65014",
    "65015",
    "65036",
    "65037",
    "65038",
    "21301",
    "21302",
    "21303",
    "10031",
    "10036",
    "22000",
    "22006",
    "22007",
    "22022",
    "22102",
    "26006",
    "27001",
    "66108",
    "65028",
]  # docs/reference/vendors/xiaomi.md#codes
_EXTRA = frozenset(  # docs/reference/vendors/xiaomi.md#options: what is no pair of the app's own
    "extra." + name
    for name in [
        "channel_id",
        "channel_name",
        "channel_description",
        "notify_effect",
        "intent_uri",
        "web_uri",
        "notify_foreground",
        "sound_uri",
        "ticker",
        "jobkey",
        "only_send_once",
        "flow_control",
        "locale",
        "locale_not_in",
        "model",
        "model_not_in",
        "app_version",
        "app_version_not_in",
        "connpt",
        "notification_style_type",
        "notification_bigPic_uri",
        "notification_large_icon_uri",
        "callback",
        "callback.param",
        "callback.type",
    ]
)
_JOBKEY = re.compile(r"[0-9A-Za-z-][0-9A-Za-z_-]{0,19}")
_TWO_WEEKS_MS = 14 * 86_400_000


class Xiaomi:
    """The simulated Xiaomi of one app."""

    name = "xiaomi"
    of_tokens: frozenset[str] = frozenset()

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def owns(self, path: str) -> bool:
        """`/v3/message/...` and `/v2/message/...`"""
        return path.startswith(("/v3/message/", "/v2/message/"))

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code."""
        if code not in _CODES or code == "0":
            return None
        reply = _error(code)
        return SandboxResponse(reply.status, reply.body, {**reply.headers, **retry_header(retry_after)}, code)

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """A push to up to 1,000 registration ids, or its recall."""
        revokes = sent.path == "/v3/message/regid/revoke"
        if (not sent.path.endswith("/regid") and not revokes) or sent.method != "POST":
            return SandboxResponse(404, b"", code="404")
        expected = f"key={self._credentials.xiaomi_secret}".encode()
        if not hmac.compare_digest(sent.headers.get("authorization", "").encode(), expected):
            return _error("21301")
        # Some clients have the parameters in the query, some in the body.
        written = f"{sent.query}&{sent.body.decode('utf-8', 'replace')}"
        form = dict(parse_qsl(written, keep_blank_values=True))
        if revokes:
            return self._revoke(form, refused)
        tokens = [token for token in form.get("registration_id", "").split(",") if token]
        code = self._fault(form, tokens)
        if code:
            return _error(code, tokens)
        accepted, bad = sorted_out(tokens, refused)
        if not accepted:
            return _error("20301", tokens)
        try:
            callback = str(orjson.loads(form.get("payload", "{}")).get("pushgate", ""))
        except (orjson.JSONDecodeError, AttributeError):
            callback = ""
        message_id = f"sdm{secrets.token_hex(10)}"
        data = {"id": message_id, **({"bad_regids": ",".join(bad)} if bad else {})}
        reply = {
            "result": "ok",
            "code": 0,
            "description": "success",
            "trace_id": secrets.token_hex(8),
            "data": data,
        }
        return json_reply(
            200,
            reply,
            code="0",
            tokens=tokens,
            accepted=accepted,
            callback=callback,
            wanted=_wanted(form, message_id),
        )

    def _revoke(self, form: dict[str, str], refused: Refused) -> SandboxResponse:
        """See docs/reference/vendors/xiaomi.md#recall. Recorded as no push: nothing was
        delivered.
        """
        tokens = [token for token in form.get("registration_ids", "").split(",") if token]
        known = form.get("restricted_package_name") == self._credentials.xiaomi_package
        if not known or not form.get("notify_id", "").isdecimal() or not 1 <= len(tokens) <= 1000:
            return _error("10017" if known else "22022")
        _, bad = sorted_out(tokens, refused)
        data = {"bad_regids": ",".join(bad)} if bad else {}
        return json_reply(
            200, {"result": "ok", "code": 0, "description": "success", "data": data}, code="revoked"
        )

    def _fault(self, form: dict[str, str], tokens: list[str]) -> str:
        """The code for the first thing wrong with a request, or ''."""
        time_to_live = form.get("time_to_live", "0")
        if self._credentials.xiaomi_package not in form.get("restricted_package_name", "").split(","):
            return "22022"
        if not _is_shown(form):
            return "10017"
        if len(form.get("extra.callback.param", "").encode()) > 256:
            return "65036"
        if not 1 <= len(tokens) <= 1000 or len(form.get("payload", "").encode()) > 4096:
            return "10016"
        if not time_to_live.isdigit() or int(time_to_live) > _TWO_WEEKS_MS:
            return "10017"
        if not form.get("extra.channel_id"):
            return "27001"
        return _extra_fault(form)


def _is_shown(form: dict[str, str]) -> bool:
    """Texts, number, and what a click opens; a data message needs no title. See
    docs/reference/vendors/xiaomi.md#options.
    """
    title, description = form.get("title", ""), form.get("description", "")
    kind, number, notify = (
        form.get("pass_through", "0"),
        form.get("notify_id", "0"),
        form.get("notify_type", "-1"),
    )
    opens = {"1": None, "2": "extra.intent_uri", "3": "extra.web_uri"}
    effect = form.get("extra.notify_effect", "1")
    return (
        kind in ("0", "1")
        and bool(description.strip())
        and len(description) < 128
        and (kind == "1" or (bool(title.strip()) and len(title) < 50))
        and number.isdecimal()
        and int(number) < 2**31
        and notify in map(str, range(-1, 8))
        and effect in opens
        and bool(effect == "1" or form.get(str(opens[effect])))
    )


def _extra_fault(form: dict[str, str]) -> str:
    """The code for the first thing wrong with what is `extra.`, or ''."""
    own = {key: value for key, value in form.items() if key.startswith("extra.") and key not in _EXTRA}
    if len(own) > 10 or sum(len(key) - len("extra.") + len(value) for key, value in own.items()) > 1024:
        return "10016"
    speed, jobkey = form.get("extra.flow_control", "3000"), form.get("extra.jobkey", "0")
    good = speed.isdecimal() and int(speed) >= 3000 and _JOBKEY.fullmatch(jobkey)
    return "" if good else "10017"


def _wanted(form: dict[str, str], message_id: str) -> ReceiptWanted | None:
    """See docs/reference/vendors/xiaomi.md#receipts. Without a type: arrivals and clicks."""
    if not (url := form.get("extra.callback", "")):
        return None
    asked = form.get("extra.callback.type", "3")
    return ReceiptWanted(
        message_id, form.get("extra.callback.param", ""), url, int(asked) if asked.isdecimal() else 3
    )


def _error(code: str, tokens: list[str] | None = None) -> SandboxResponse:
    reply = {
        "result": "error",
        "code": int(code),
        "description": "refused",
        "reason": "refused",
        "trace_id": secrets.token_hex(8),
    }
    return json_reply(200, reply, code=code, tokens=tokens or ())
