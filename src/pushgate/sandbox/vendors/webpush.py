"""A push service for browsers, simulated, and the browsers, which decrypt what they receive.

Source: docs/reference/vendors/webpush.md
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pushgate.sandbox.api_responses import api_error, api_response
from pushgate.sandbox.exchange import (
    NO_PUSH,
    SandboxPush,
    SandboxRequest,
    SandboxResponse,
    json_response,
    retry_after_header,
)
from pushgate.sandbox.rejections import RejectedTokens, rejection_code
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor
from pushgate.sandbox.vendors.webpush_browsers import BROWSER_NAME, PATH, Browsers, to_base64url

_MAX_BODY = 4096  # bytes
_MOZILLA_STATUSES = {  # Mozilla's error number -> HTTP status: docs/reference/vendors/webpush.md#codes
    102: 404, 103: 404, 104: 413, 105: 410, 106: 410, 109: 401, 110: 400, 111: 400, 112: 400, 113: 400,
    201: 503, 202: 503, 900: 500, 901: 502, 902: 502, 903: 504, 999: 500,
}  # fmt: skip
_WNS_STATUSES = {  # Microsoft says these with a 406 and a header of its own
    "wns_throttled": "appthrottled",
    "wns_channel_throttled": "channelthrottled",
}
_HTTP_STATUSES = frozenset([301, 307, 308, 400, 401, 403, 404, 406, 410, 413, 429, 500, 502, 503, 504])
_UNKNOWN_SUBSCRIPTION, _BODY_TOO_BIG, _UNAUTHORIZED = 102, 104, 109
_BAD_ENCODING, _BAD_TTL_OR_URGENCY, _BAD_TOPIC = 110, 111, 113
_URGENCIES = ("very-low", "low", "normal", "high")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_VAPID = re.compile(r"vapid t=([^,\s]+), ?k=([A-Za-z0-9_-]+)")
_MAX_JWT_LIFETIME = timedelta(hours=24)
_MAX_CACHED_JWTS = 1000


class WebPush(SimulatedVendor):
    """The simulated push service."""

    name = "webpush"
    token_codes = frozenset(
        [*map(str, _HTTP_STATUSES), *_WNS_STATUSES, *(f"errno_{number}" for number in _MOZILLA_STATUSES)]
    )

    def __init__(self, context: SandboxContext) -> None:
        credentials = context.credentials
        self._ca_file = credentials.ca_file
        self.vapid_key_file = credentials.p256_key_file("vapid.pem")
        self._browsers = Browsers(credentials)
        key = load_pem_private_key(self.vapid_key_file.read_bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        self._public_key = key.public_key()
        point = self._public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._public_key_text = to_base64url(point)
        url = urlsplit(credentials.base_url)
        self._host, self._origin = url.netloc, f"{url.scheme}://{url.netloc}"
        self._expires_at = lru_cache(_MAX_CACHED_JWTS)(self._verify)

    def app_settings(self) -> dict[str, object]:
        """The app's VAPID key, and the sandbox as the only push service."""
        return {
            "ca_file": str(self._ca_file),
            "vapid_key_file": str(self.vapid_key_file),
            "subject": "mailto:demo@example.com",
            "hosts": [self._host],
        }

    def owns(self, path: str) -> bool:
        """Return whether the path belongs to the push service."""
        return path.startswith(PATH)

    def routes(self) -> Sequence[Route]:
        """`GET /subscriptions/{name}`: a browser's subscription."""
        return [Route("/subscriptions/{name}", self._show_subscription, methods=["GET"])]

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by HTTP status, Mozilla's number (`errno_103`), or Microsoft's throttling."""
        headers = retry_after_header(retry_after)
        if code in _WNS_STATUSES:
            headers["x-wns-status"] = _WNS_STATUSES[code]
            return SandboxResponse(status=406, code=code, headers=headers)
        number = code.removeprefix("errno_")
        if not number.isascii() or not number.isdigit():
            return None
        if code == number:
            known = int(code) in _HTTP_STATUSES
            return SandboxResponse(status=int(code), code=code, headers=headers) if known else None
        if int(number) not in _MOZILLA_STATUSES:
            return None
        return _mozilla_error(int(number), headers=headers)

    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Accept or reject one push to one browser."""
        name = request.path.removeprefix(PATH)
        if not BROWSER_NAME.fullmatch(name):
            return _mozilla_error(_UNKNOWN_SUBSCRIPTION)
        browser = self._browsers.named(name)
        push = SandboxPush(tokens=(browser.token,))
        if request.method != "POST":
            return SandboxResponse(status=405, code="405", push=push)
        errno = _header_problem(request) or self._sender_problem(request)
        if errno:
            return _mozilla_error(errno, push)
        # A fault plan names a browser by its subscription or by its name.
        code = rejection_code(
            name, {name: rejected[browser.token]} if browser.token in rejected else rejected
        )
        if code is not None:
            response = self.error(code or "errno_106", None)
            assert response is not None
            return replace(response, push=push)
        timestamp = f"{request.received_at.timestamp():.6f}"
        headers = {"location": f"{self._origin}/m/{timestamp}", "ttl": request.headers["ttl"]}
        plaintext = browser.decrypt(request.body)
        if plaintext is None:
            # The push service cannot know this; the browser discards the push.
            return SandboxResponse(status=201, code="cannot_be_opened", headers=headers, push=push)
        accepted = replace(
            push, accepted=push.tokens, callback_token=_callback_token(plaintext), plaintext=plaintext
        )
        return SandboxResponse(status=201, code="ok", headers=headers, push=accepted)

    def _sender_problem(self, request: SandboxRequest) -> int:
        """The error number unless the request is by the sender the browsers subscribed to."""
        found = _VAPID.fullmatch(request.headers.get("authorization", ""))
        if not found or found[2] != self._public_key_text:
            return _UNAUTHORIZED
        expires_at, now = self._expires_at(found[1]), request.received_at
        is_valid = expires_at is not None and now < expires_at <= now + _MAX_JWT_LIFETIME
        return 0 if is_valid else _UNAUTHORIZED

    def _verify(self, token: str) -> datetime | None:
        """When a valid JWT expires, None for any other text (RFC 8292, section 2)."""
        try:
            claims = jwt.decode(
                token, self._public_key, ["ES256"], audience=self._origin, options={"verify_exp": False}
            )
            expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
            contact = str(claims["sub"])
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError):
            return None
        return expires_at if contact.startswith(("mailto:", "https:")) else None

    async def _show_subscription(self, request: Request) -> Response:
        name = request.path_params["name"]
        if not BROWSER_NAME.fullmatch(name):
            return api_error("a browser's name is 4 to 128 letters, digits, - and _")
        return api_response(self._browsers.named(name).subscription())


VENDOR = WebPush


def _header_problem(request: SandboxRequest) -> int:
    """Mozilla's number for the first thing wrong with the headers or the size, 0 if nothing is."""
    headers = request.headers
    if not headers.get("ttl", "").isdigit():
        return _BAD_TTL_OR_URGENCY
    if request.body and headers.get("content-encoding") != "aes128gcm":
        return _BAD_ENCODING
    if headers.get("urgency", "normal") not in _URGENCIES:
        return _BAD_TTL_OR_URGENCY
    if "topic" in headers and not _TOPIC.fullmatch(headers["topic"]):
        return _BAD_TOPIC
    return _BODY_TOO_BIG if len(request.body) > _MAX_BODY else 0


def _mozilla_error(
    errno: int, push: SandboxPush = NO_PUSH, *, headers: Mapping[str, str] | None = None
) -> SandboxResponse:
    status = _MOZILLA_STATUSES[errno]
    body = {"code": status, "errno": errno, "error": "refused", "message": "see errno"}
    return json_response(status, body, code=f"errno_{errno}", push=push, headers=headers)


def _callback_token(plaintext: bytes) -> str:
    try:
        return str(orjson.loads(plaintext)["data"].get("pushgate", ""))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return ""
