"""Simulated browsers: each name is one, with a key pair of its own, so that none has to be remembered."""

import base64
import hmac
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pushgate.sandbox.credentials import Credentials

PREFIX = "/wp/"
NAME = re.compile(r"[A-Za-z0-9_\-]{4,128}")
_HEAD = 86  # salt, record size, key length, key (docs/reference/vendors/webpush.md#requests)


@dataclass(frozen=True)
class Browser:
    """One browser's subscription, and what opens the content sealed for it."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey
    auth: bytes

    @cached_property
    def public(self) -> bytes:
        """The key that senders seal with."""
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self) -> dict[str, object]:
        """As `JSON.stringify(subscription)` has it."""
        keys = {"p256dh": text(self.public), "auth": text(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    @property
    def token(self) -> str:
        """The subscription as Pushgate keeps it."""
        return f"{text(self.public)}.{text(self.auth)}@{self.endpoint}"

    def open(self, body: bytes) -> bytes | None:
        """The content; None when it was not sealed for this browser (RFC 8188, 2; RFC 8291, 3.3 and 3.4)."""
        salt, size, sender = body[:16], int.from_bytes(body[16:20], "big"), body[21:_HEAD]
        if len(body) < _HEAD + 17 or body[20] != len(sender) or len(body) - _HEAD > size:
            return None
        try:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        except ValueError:
            return None
        shared = self.private.exchange(ec.ECDH(), point)
        first = _expanded(_extracted(self.auth, shared), b"WebPush: info\x00" + self.public + sender, 32)
        second = _extracted(salt, first)
        key = _expanded(second, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _expanded(second, b"Content-Encoding: nonce\x00", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, body[_HEAD:], None).rstrip(b"\x00")
        except InvalidTag:
            return None
        return padded[:-1] if padded.endswith(b"\x02") else None


class Browsers:
    """All browsers there could be."""

    def __init__(self, credentials: Credentials) -> None:
        self._seed = bytes.fromhex(credentials.webpush_seed)
        self._base = credentials.base_url + PREFIX
        self.named = lru_cache(10_000)(self._named)

    def _named(self, name: str) -> Browser:
        """The browser of this name, which is in the form of NAME."""
        number = int.from_bytes(_expanded(self._seed, b"key" + name.encode(), 40), "big")
        private = ec.derive_private_key(number % (2**255) + 1, ec.SECP256R1())
        return Browser(self._base + name, private, _expanded(self._seed, b"auth" + name.encode(), 16))


def _extracted(salt: bytes, secret: bytes) -> bytes:
    """RFC 5869, 2.2."""
    return hmac.digest(salt, secret, "sha256")


def _expanded(key: bytes, info: bytes, size: int) -> bytes:
    """RFC 5869, 2.3."""
    return HKDFExpand(hashes.SHA256(), size, info).derive(key)


def text(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
