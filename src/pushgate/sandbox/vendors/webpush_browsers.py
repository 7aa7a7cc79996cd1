"""Simulated browsers.

Each name is a browser; its keys are derived from the name, so that none is stored.
"""

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pushgate.sandbox.credentials import Credentials

PATH = "/wp/"
BROWSER_NAME = re.compile(r"[A-Za-z0-9_\-]{4,128}")
_HEADER_SIZE = 86  # salt, record size, key length, key: RFC 8188, section 2.1
_TAG_AND_DELIMITER_SIZE = 17
_MAX_CACHED_BROWSERS = 10_000


@dataclass(frozen=True)
class Browser:
    """One browser's subscription, and the keys that decrypt its pushes."""

    endpoint: str
    private_key: ec.EllipticCurvePrivateKey
    auth: bytes

    @cached_property
    def public_key(self) -> bytes:
        """The key that senders encrypt with, as an uncompressed point."""
        return self.private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self) -> dict[str, object]:
        """The subscription as `JSON.stringify(subscription)` writes it."""
        keys = {"p256dh": to_base64url(self.public_key), "auth": to_base64url(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    @property
    def token(self) -> str:
        """The subscription as Pushgate stores it."""
        return f"{to_base64url(self.public_key)}.{to_base64url(self.auth)}@{self.endpoint}"

    def decrypt(self, body: bytes) -> bytes | None:
        """The content of a push, None if it was not encrypted for this browser.

        Source: RFC 8188, section 2; RFC 8291, sections 3.3 and 3.4.
        """
        salt, record_size, sender_key = body[:16], int.from_bytes(body[16:20], "big"), body[21:_HEADER_SIZE]
        if len(body) < _HEADER_SIZE + _TAG_AND_DELIMITER_SIZE or body[20] != len(sender_key):
            return None
        if len(body) - _HEADER_SIZE > record_size:
            return None
        try:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender_key)
        except ValueError:
            return None
        shared_secret = self.private_key.exchange(ec.ECDH(), point)
        context = b"WebPush: info\x00" + self.public_key + sender_key
        key_material = _hkdf_expand(_hkdf_extract(self.auth, shared_secret), context, 32)
        pseudorandom_key = _hkdf_extract(salt, key_material)
        key = _hkdf_expand(pseudorandom_key, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf_expand(pseudorandom_key, b"Content-Encoding: nonce\x00", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, body[_HEADER_SIZE:], None).rstrip(b"\x00")
        except InvalidTag:
            return None
        return padded[:-1] if padded.endswith(b"\x02") else None


class Browsers:
    """All browsers that there can be."""

    def __init__(self, credentials: Credentials) -> None:
        self._seed = bytes.fromhex(credentials.value("webpush_seed", secrets.token_hex(32)))
        self._base_url = credentials.base_url + PATH
        self.named = lru_cache(_MAX_CACHED_BROWSERS)(self._derive)
        """The browser of a name that matches BROWSER_NAME."""

    def _derive(self, name: str) -> Browser:
        number = int.from_bytes(_hkdf_expand(self._seed, b"key" + name.encode(), 40), "big")
        private_key = ec.derive_private_key(number % (2**255) + 1, ec.SECP256R1())
        return Browser(
            self._base_url + name, private_key, _hkdf_expand(self._seed, b"auth" + name.encode(), 16)
        )


def to_base64url(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _hkdf_extract(salt: bytes, secret: bytes) -> bytes:
    """HKDF-Extract: RFC 5869, section 2.2."""
    return hmac.digest(salt, secret, "sha256")


def _hkdf_expand(key: bytes, info: bytes, size: int) -> bytes:
    """HKDF-Expand: RFC 5869, section 2.3."""
    return HKDFExpand(hashes.SHA256(), size, info).derive(key)
