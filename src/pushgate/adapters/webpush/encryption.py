"""Encrypts content for one subscription (RFC 8291). Pure, except that keys and salts are random."""

import os

from cryptography.hazmat.primitives.asymmetric.ec import ECDH, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pushgate.adapters.webpush.subscriptions import Subscription

MAX_PLAINTEXT = 3993
"""Bytes. A body of at most 4,096 also has a header, a padding delimiter and a tag.

Source: docs/reference/vendors/webpush.md#limits
"""
_RECORD_SIZE = 4096
_SALT_SIZE = 16
_LAST_RECORD = b"\x02"
_CURVE = SECP256R1()


def encrypt(plaintext: bytes, subscription: Subscription) -> bytes:
    """Return the body of a push: one aes128gcm record (RFC 8188) with its own key pair and salt."""
    private_key = generate_private_key(_CURVE)
    public_key = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    info = b"WebPush: info\0" + subscription.p256dh + public_key
    key_material = _derive(private_key.exchange(ECDH(), subscription.key), subscription.auth, info, 32)
    salt = os.urandom(_SALT_SIZE)
    key = _derive(key_material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(key_material, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + _RECORD_SIZE.to_bytes(4, "big") + bytes((len(public_key),)) + public_key
    return header + AESGCM(key).encrypt(nonce, plaintext + _LAST_RECORD, None)


def _derive(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    """HKDF: RFC 5869."""
    return HKDF(SHA256(), size, salt, info).derive(secret)
