"""Private keys in the PEM of vendors' sections. Pure."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

MAX_PEM = 4096
"""Characters of a PEM: an RSA key of 4,096 bits has 3,300. Checking a key of 10,000 bits takes
minutes, and blocks the process.
"""


def load_private_key(pem: str) -> PrivateKeyTypes:
    """Load a key without a password. Raises ValueError, whose text never has the key."""
    if len(pem) > MAX_PEM:
        raise ValueError(f"a private key may have {MAX_PEM} characters")
    try:
        return load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("no private key in PEM, or one with a password") from None
