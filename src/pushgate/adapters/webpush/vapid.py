"""VAPID keys (RFC 8292), by which browsers know the sender that they subscribed to.

Source: docs/reference/vendors/webpush.md#credentials
"""

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from pushgate.adapters.private_keys import load_private_key
from pushgate.domain.errors import ConfigurationError, FieldError

_MAKE_ONE = "`pushgate vapid FILE` writes a new key"


def read_key(text: str, field: str) -> ec.EllipticCurvePrivateKey:
    """Read a key from its PEM. Raises ConfigurationError that names the field."""
    try:
        key = load_private_key(text)
    except ValueError as error:
        raise _configuration_error(field, f"is no key in PEM; {_MAKE_ONE}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise _configuration_error(field, f"holds no P-256 key; {_MAKE_ONE}")
    return key


def make_key(file: Path, field: str) -> None:
    """Write a new key to a file that only its owner may read.

    Raises ConfigurationError if the file exists or cannot be written.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise _configuration_error(field, f"{file} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(pem)


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """Return the public key as browsers take it: an uncompressed point in base64url."""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _configuration_error(field: str, reason: str) -> ConfigurationError:
    return ConfigurationError([FieldError(field, reason)])
