"""Signatures of deliveries as the Standard Webhooks specification has them, and secrets. Pure."""

import hashlib
import hmac
import secrets as random
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"
_VERSION = "v1"
_NEW_BYTES = 32
_MIN_BYTES = 24
_MAX_BYTES = 64


def new_secret() -> str:
    """A new secret: `whsec_` and 32 random bytes in base64."""
    return PREFIX + b64encode(random.token_bytes(_NEW_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key in a secret. Raises ValueError for a text of another form; it is not repeated."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"must begin with {PREFIX}")
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise ValueError(f"must be {PREFIX} and base64") from None
    if not _MIN_BYTES <= len(key) <= _MAX_BYTES:
        raise ValueError(f"must hold {_MIN_BYTES} to {_MAX_BYTES} bytes in base64")
    return key


def sign(keys: Sequence[bytes], webhook_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers of one attempt to deliver `body`: id, time, and a signature by each key."""
    timestamp = str(int(at.timestamp()))
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digests = [hmac.digest(key, signed, hashlib.sha256) for key in keys]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"{_VERSION},{b64encode(digest).decode()}" for digest in digests),
    }
