"""Files that hold secrets: written whole or not at all, and readable by their owner alone."""

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def private_key_pem(key: PrivateKey) -> bytes:
    """The key as PKCS #8 in PEM, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write_private_key(file: Path, key: PrivateKey) -> None:
    """Write the key as PEM."""
    write_secret(file, private_key_pem(key))


def write_secret(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read; a crash leaves the old file or the new one."""
    partial = file.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    partial.rename(file)
