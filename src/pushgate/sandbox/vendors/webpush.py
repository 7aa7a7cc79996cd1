"""A push service for browsers, simulated (docs/reference/vendors/webpush.md), and the browsers
behind it, which open what they are sent.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.exchange import Refused, SandboxResponse, Sent, json_reply, refusal, retry_header
from pushgate.sandbox.vendors.webpush_browsers import NAME, PREFIX, Browsers, text

MAX_BODY = 4096
_MOZILLA = {  # docs/reference/vendors/webpush.md#codes: errno, and the HTTP status it comes with
    102: 404, 103: 404, 104: 413, 105: 410, 106: 410, 109: 401, 110: 400, 111: 400, 112: 400, 113: 400,
    201: 503, 202: 503, 900: 500, 901: 502, 902: 502, 903: 504, 999: 500,
}  # fmt: skip
_WNS = {  # docs/reference/vendors/webpush.md#codes: what Microsoft says by a header of its own, with a 406
    "wns_throttled": "appthrottled",
    "wns_channel_throttled": "channelthrottled",
}
_STATUSES = frozenset([301, 307, 308, 400, 401, 403, 404, 406, 410, 413, 429, 500, 502, 503, 504])
_URGENCIES = ("very-low", "low", "normal", "high")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_VAPID = re.compile(r"vapid t=([^,\s]+), ?k=([A-Za-z0-9_-]+)")
_LONGEST_JWT = timedelta(hours=24)
_KNOWN_JWTS = 1000


class WebPush:
    """The simulated push service."""

    name = "webpush"
    of_tokens = frozenset([*map(str, _STATUSES), *_WNS, *(f"errno_{number}" for number in _MOZILLA)])

    def __init__(self, credentials: Credentials, browsers: Browsers) -> None:
        key = load_pem_private_key(credentials.vapid_key_file.read_bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        self._public = key.public_key()
        self._public_text = text(self._public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        parts = urlsplit(credentials.base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._browsers = browsers
        self._verified: dict[str, datetime] = {}

    def owns(self, path: str) -> bool:
        """`/wp/...`"""
        return path.startswith(PREFIX)

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its HTTP status, by Mozilla's number, as `errno_103`, or by Microsoft's throttle."""
        if code in _WNS:
            return SandboxResponse(406, b"", {"x-wns-status": _WNS[code], **retry_header(retry_after)}, code)
        number = code.removeprefix("errno_")
        if not number.isascii() or not number.isdigit():
            return None
        headers = retry_header(retry_after)
        if code == number:
            return SandboxResponse(int(code), b"", headers, code) if int(code) in _STATUSES else None
        if int(number) not in _MOZILLA:
            return None
        status = _MOZILLA[int(number)]
        reply = json_reply(
            status, {"code": status, "errno": int(number), "error": "simulated", "message": ""}, code=code
        )
        return SandboxResponse(status, reply.body, {**reply.headers, **headers}, code)

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """One push to one browser."""
        name = sent.path.removeprefix(PREFIX)
        if not NAME.fullmatch(name):
            return _refusal(102)
        browser = self._browsers.named(name)
        tokens = (browser.token,)
        if sent.method != "POST":
            return SandboxResponse(405, code="405", tokens=tokens)
        errno = self._headers(sent) or self._sender(sent)
        if errno:
            return _refusal(errno, tokens)
        code = refusal(name, {name: refused[browser.token]} if browser.token in refused else refused)
        if code is not None:
            reply = self.error(code or "errno_106", None)
            assert reply is not None
            return replace(reply, tokens=tokens)
        location = {"location": f"{self._origin}/m/{sent.at.timestamp():.6f}", "ttl": sent.headers["ttl"]}
        opened = browser.open(sent.body)
        if opened is None:
            # The service cannot tell; the browser throws it away.
            return SandboxResponse(201, b"", location, "cannot_be_opened", tokens)
        return SandboxResponse(201, b"", location, "ok", tokens, tokens, _callback(opened), opened)

    def _headers(self, sent: Sent) -> int:
        headers = sent.headers
        if not headers.get("ttl", "").isdigit():
            return 111
        if sent.body and headers.get("content-encoding") != "aes128gcm":
            return 110
        if headers.get("urgency", "normal") not in _URGENCIES:
            return 111
        if "topic" in headers and not _TOPIC.fullmatch(headers["topic"]):
            return 113
        return 104 if len(sent.body) > MAX_BODY else 0

    def _sender(self, sent: Sent) -> int:
        """Whether it is the sender that the browsers subscribed to
        (docs/reference/vendors/webpush.md#credentials).
        """
        found = _VAPID.fullmatch(sent.headers.get("authorization", ""))
        if not found or found[2] != self._public_text:
            return 109
        until = self._verified.get(found[1])
        if until is None:
            try:
                claims = jwt.decode(
                    found[1], self._public, ["ES256"], audience=self._origin, options={"verify_exp": False}
                )
                until = datetime.fromtimestamp(int(claims["exp"]), UTC)
                contact = str(claims["sub"])
            except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError):
                return 109
            if not contact.startswith(("mailto:", "https:")):
                return 109
            if len(self._verified) >= _KNOWN_JWTS:
                self._verified.clear()
            self._verified[found[1]] = until
        return 0 if sent.at < until <= sent.at + _LONGEST_JWT else 109


def _refusal(errno: int, tokens: tuple[str, ...] = ()) -> SandboxResponse:
    status = _MOZILLA[errno]
    body = {"code": status, "errno": errno, "error": "refused", "message": "see errno"}
    return json_reply(status, body, code=f"errno_{errno}", tokens=tokens)


def _callback(opened: bytes) -> str:
    try:
        data = orjson.loads(opened)["data"]
        return str(data.get("pushgate", ""))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return ""
