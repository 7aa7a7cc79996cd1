"""Subscriptions of browsers (VENDORS 11): how they are kept as tokens, and how content is sealed for one. Pure but for chance.

A browser hands its subscription out as JSON. As a token it is one line, `<p256dh>.<auth>@<endpoint>`, both keys in
base64url as the browser writes them.
"""

import base64
import binascii
import os
import re
from dataclasses import dataclass
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

from pushgate.adapters.rules import decoded

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LABEL_ANYHOW = _LABEL.replace("a-z", "A-Za-z")
TOKEN = re.compile(
    r"([A-Za-z0-9_-]{87})\.([A-Za-z0-9_-]{22})@"
    rf"(https://{_LABEL_ANYHOW}(?:\.{_LABEL_ANYHOW})*(?::[0-9]{{1,5}})?(?:[/?][!#-+\--\[\]-~]{{0,2000}})?)"
)
_AUTHORITY = re.compile(r"(?<=@)https://[^/?#]*", re.IGNORECASE)
MAX_PLAINTEXT = 3993  # VENDORS 11.3: 4,096 bytes with all that goes around it
_RECORD = 4096
_CURVE = SECP256R1()


class _Keys(msgspec.Struct):
    p256dh: str
    auth: str


class _Subscription(msgspec.Struct):
    endpoint: str
    keys: _Keys


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


def as_token(written: str) -> str:
    """The token, from the subscription's JSON or from a token; what is neither comes back as it is.

    Scheme and host of the endpoint are in lower case, without the port that https has anyway: they are not told apart.
    """
    given = decoded(written, _Subscription) if written.lstrip().startswith("{") else None
    if given is not None:
        keys = (
            key.rstrip("=").replace("+", "-").replace("/", "_")
            for key in (given.keys.p256dh, given.keys.auth)
        )
        written = f"{'.'.join(keys)}@{given.endpoint}"
    return _AUTHORITY.sub(lambda found: found[0].lower().removesuffix(":443"), written, count=1)


def read(token: bytes) -> Subscription:
    """The subscription that a token stands for. Raises ValueError when it is none."""
    found = TOKEN.fullmatch(token.decode("ascii", "replace"))
    if not found:
        raise ValueError("is no subscription of Web Push")
    p256dh, auth, endpoint = found.groups()
    parts = urlsplit(endpoint)
    host, port = parts.hostname or "", parts.port  # a port that is none raises ValueError
    if not _HOST.fullmatch(host) or len(host) > 253 or "@" in parts.netloc or parts.fragment:
        raise ValueError("has an endpoint that is no https:// address")
    origin = f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"
    path = endpoint[endpoint.index("/", len("https://")) :] if parts.path else "/"
    point = _decoded(p256dh)
    key = EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    return Subscription(origin, path.encode(), point, key, _decoded(auth))


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


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("has a key that is not base64url") from error
