"""Names that stand for erased ones: ids, users and push tokens of a person. Pure."""

import hashlib
import hmac

_PREFIX = "erased~"
_DIGEST_BYTES = 16


def substitute(secret: bytes, name: str) -> str:
    """The name that takes the place of another one wherever it stands.

    Nobody who does not know the secret can tell from it which name it replaced.
    """
    return _PREFIX + hmac.digest(secret, name.encode(), hashlib.sha256)[:_DIGEST_BYTES].hex()


def is_erased(name: str) -> bool:
    """Whether a name stands for an erased one."""
    return name.startswith(_PREFIX)
