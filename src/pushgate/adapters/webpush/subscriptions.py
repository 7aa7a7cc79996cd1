"""Subscriptions of browsers, as tokens and as values. Pure.

A browser gives its subscription as JSON. As a token it is one line, `<p256dh>.<auth>@<endpoint>`,
with both keys in base64url as the browser writes them.
Source: docs/reference/vendors/webpush.md#tokens
"""

import base64
import binascii
import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from pushgate.adapters.vendor_json import decode_json

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]{{2,45}}\])"
TOKEN_PATTERN = re.compile(
    r"([A-Za-z0-9_-]{1,200})\.([A-Za-z0-9_-]{1,100})@"
    rf"(https://{_HOST}(?::[0-9]{{1,5}})?(?:[/?#][!#-+\--\[\]-~]{{0,2000}})?)"
)
_AUTHORITY = re.compile(r"(?<=@)https://[^/?#]*", re.IGNORECASE)
_P256DH_SIZE, _AUTH_SIZE = 65, 16  # bytes
_MAX_HOST = 253  # characters
_DEFAULT_PORTS = (None, 443)
_CURVE = SECP256R1()


class _Keys(msgspec.Struct):
    p256dh: str
    auth: str


class _Subscription(msgspec.Struct):
    endpoint: str
    keys: _Keys


class PermanentlyRemoved(ValueError):
    """The subscription of a browser without a push service: nothing can be delivered to it."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """The push service of one browser, and the keys that encrypt content for it."""

    origin: str
    """`https://host[:port]`, all in lower case."""
    path: bytes
    """Path and query of the endpoint, exactly as given. It is a secret of the push service."""
    p256dh: bytes
    """The browser's public key, 65 bytes, an uncompressed point."""
    key: EllipticCurvePublicKey
    """The key in `p256dh`."""
    auth: bytes
    """A secret that the browser shares with the sender, 16 bytes."""


def normalize_token(text: str) -> str:
    """Return the token for a subscription's JSON or for a token; other text is returned unchanged.

    Scheme and host of the endpoint are written in lower case and without the default port.
    """
    subscription = decode_json(text, _Subscription) if text.lstrip().startswith("{") else None
    if subscription is not None:
        p256dh, auth = _to_base64url(subscription.keys.p256dh), _to_base64url(subscription.keys.auth)
        text = f"{p256dh}.{auth}@{subscription.endpoint}"
    return _AUTHORITY.sub(lambda found: found[0].lower().removesuffix(":443"), text, count=1)


def token_fault(token: str) -> str | None:
    """Return what is wrong with a token that matches the pattern, None if nothing is."""
    try:
        parse_token(token.encode())
    except ValueError as error:
        return str(error)
    return None


def parse_token(token: bytes) -> Subscription:
    """Return the subscription in a token.

    Raises PermanentlyRemoved, or another ValueError that says what is wrong with the token.
    """
    found = TOKEN_PATTERN.fullmatch(token.decode("ascii", "replace"))
    if not found:
        raise ValueError("is no subscription of Web Push")
    p256dh, auth, endpoint = found.groups()
    origin, path = _parse_endpoint(endpoint)
    point = _decode_key("p256dh", p256dh, _P256DH_SIZE)
    try:
        key = EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError as error:
        raise ValueError("has a p256dh that is no point on the curve P-256") from error
    return Subscription(
        origin=origin,
        path=path.encode(),
        p256dh=point,
        key=key,
        auth=_decode_key("auth", auth, _AUTH_SIZE),
    )


def _parse_endpoint(endpoint: str) -> tuple[str, str]:
    """Return origin and path of an endpoint. Raises ValueError."""
    if "#" in endpoint:
        raise ValueError("has an endpoint with a #fragment, which no push service gives out")
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
        if ":" in host:
            host = f"[{IPv6Address(host)}]"
    except ValueError as error:
        raise ValueError("has an endpoint without a valid host and port") from error
    if port == 0 or len(host) > _MAX_HOST:
        raise ValueError("has an endpoint without a valid host and port")
    if host.endswith(".invalid"):  # docs/reference/vendors/webpush.md#tokens
        raise PermanentlyRemoved("is of a browser that has no push service; register again once it has one")
    path = endpoint[len("https://") + len(parts.netloc) :]
    origin = f"https://{host}" if port in _DEFAULT_PORTS else f"https://{host}:{port}"
    return origin, path if parts.path else f"/{path}"


def _to_base64url(text: str) -> str:
    """Return a key in base64 or base64url as base64url without padding."""
    return text.rstrip("=").replace("+", "-").replace("/", "_")


def _decode_key(name: str, text: str, size: int) -> bytes:
    """Return a key of the subscription, of `size` bytes. Raises ValueError."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(f"has a key {name} that is not base64url") from error
    if len(raw) != size:
        raise ValueError(f"has a key {name} of {len(raw)} bytes; it has {size}")
    return raw
