"""Subscriptions of browsers (docs/reference/vendors/webpush.md): how they are kept as tokens, and
how content is sealed for one. Pure but for chance.

A browser hands its subscription out as JSON. As a token it is one line, `<p256dh>.<auth>@<endpoint>`, both keys in
base64url as the browser writes them.
"""

import base64
import binascii
import os
import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pushgate.adapters.vendor_json import decode_json

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]{{2,45}}\])"
TOKEN = re.compile(
    r"([A-Za-z0-9_-]{1,200})\.([A-Za-z0-9_-]{1,100})@"
    rf"(https://{_HOST}(?::[0-9]{{1,5}})?(?:[/?#][!#-+\--\[\]-~]{{0,2000}})?)"
)
_AUTHORITY = re.compile(r"(?<=@)https://[^/?#]*", re.IGNORECASE)
MAX_PLAINTEXT = 3993  # docs/reference/vendors/webpush.md#limits: 4,096 bytes with all that goes around it
_RECORD = 4096
_CURVE = SECP256R1()


class _Keys(msgspec.Struct):
    p256dh: str
    auth: str


class _Subscription(msgspec.Struct):
    endpoint: str
    keys: _Keys


class Undeliverable(ValueError):
    """A subscription of a browser that has no push service: nothing can ever be delivered."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where one browser is reached, and the keys that only it can open content with."""

    origin: str
    """`https://host[:port]`, all in lower case."""
    path: bytes
    """Path and query of the endpoint, exactly as given: it is a secret of the push service."""
    p256dh: bytes
    """The browser's public key, 65 bytes, an uncompressed point."""
    key: EllipticCurvePublicKey
    """The same, read."""
    auth: bytes
    """What the browser and the sender alone know, 16 bytes."""


def normalize_token(written: str) -> str:
    """The token, from the subscription's JSON or from a token; what is neither comes back as it is.

    Scheme and host of the endpoint are in lower case, without the port that https has anyway: they are not told apart.
    """
    given = decode_json(written, _Subscription) if written.lstrip().startswith("{") else None
    if given is not None:
        keys = (
            key.rstrip("=").replace("+", "-").replace("/", "_")
            for key in (given.keys.p256dh, given.keys.auth)
        )
        written = f"{'.'.join(keys)}@{given.endpoint}"
    return _AUTHORITY.sub(lambda found: found[0].lower().removesuffix(":443"), written, count=1)


def fault(token: str) -> str | None:
    """What is wrong with a token that looks like one, in words; None where nothing is."""
    try:
        read(token.encode())
    except ValueError as error:
        return str(error)
    return None


def read(token: bytes) -> Subscription:
    """The subscription that a token stands for. Raises ValueError, which says what is wrong with it."""
    found = TOKEN.fullmatch(token.decode("ascii", "replace"))
    if not found:
        raise ValueError("is no subscription of Web Push")
    p256dh, auth, endpoint = found.groups()
    origin, path = _addressed(endpoint)
    point = _decoded("p256dh", p256dh, 65)
    try:
        key = EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError as error:
        raise ValueError("has a p256dh that is no point on the curve P-256") from error
    return Subscription(origin, path.encode(), point, key, _decoded("auth", auth, 16))


def _addressed(endpoint: str) -> tuple[str, str]:
    """Origin and path of an endpoint. Raises ValueError."""
    if "#" in endpoint:
        raise ValueError("has an endpoint with a #fragment, which no push service gives out")
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
        if ":" in host:
            host = f"[{IPv6Address(host)}]"
    except ValueError as error:
        raise ValueError("has an endpoint without a valid host and port") from error
    if port == 0 or len(host) > 253:
        raise ValueError("has an endpoint without a valid host and port")
    if host.endswith(".invalid"):  # docs/reference/vendors/webpush.md#tokens
        raise Undeliverable("is of a browser that has no push service; register again once it has one")
    path = endpoint[len("https://") + len(parts.netloc) :]
    origin = f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"
    return origin, path if parts.path else f"/{path}"


def seal(plaintext: bytes, subscription: Subscription) -> bytes:
    """The body of a push (RFC 8291, 3 and 4): one aes128gcm record under a key pair and a salt made for it alone."""
    own = generate_private_key(_CURVE)
    sender = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    info = b"WebPush: info\0" + subscription.p256dh + sender
    ikm = _derived(own.exchange(ECDH(), subscription.key), subscription.auth, info, 32)
    salt = os.urandom(16)
    key = _derived(ikm, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(ikm, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD.to_bytes(4, "big") + bytes((len(sender),)) + sender  # RFC 8188, 2.1
    return head + AESGCM(key).encrypt(nonce, plaintext + b"\x02", None)


def _derived(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(SHA256(), size, salt, info).derive(secret)


def _decoded(name: str, text: str, size: int) -> bytes:
    """A key of the subscription, of so many bytes. Raises ValueError."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(f"has a key {name} that is not base64url") from error
    if len(raw) != size:
        raise ValueError(f"has a key {name} of {len(raw)} bytes; it has {size}")
    return raw
