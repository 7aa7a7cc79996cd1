"""Master keys: the keys that seal secrets before they are stored. Pure."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence

KEY_BYTES = 32
"""AES-256."""
ID_BYTES = 4
MAX_KEYS = 16


class MasterKeys:
    """One or more keys. The first seals; each of them opens."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Raises ValueError unless there is a key, and each has 32 bytes."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"must hold one or more keys of {KEY_BYTES} bytes")
        self._keys = {key_id(key): key for key in keys}
        self.first_id = key_id(keys[0])

    def __repr__(self) -> str:
        """The ids alone: keys are in no log."""
        return f"MasterKeys({', '.join(self.names)})"

    @classmethod
    def parse(cls, text: str) -> "MasterKeys":
        """Read base64 keys, one a line; empty lines and lines that begin with # are left out.

        Raises ValueError that says which line is wrong, never what the line holds.
        """
        keys = [
            _decode(line.strip(), number)
            for number, line in enumerate(text.splitlines(), 1)
            if line.strip() and not line.lstrip().startswith("#")
        ]
        if not 0 < len(keys) <= MAX_KEYS:
            raise ValueError(
                f"must hold 1 to {MAX_KEYS} keys, one a line; `pushgate secrets new-key` makes one"
            )
        return cls(keys)

    @property
    def all(self) -> list[bytes]:
        """All keys, the first in front."""
        return list(self._keys.values())

    @property
    def first(self) -> bytes:
        """The key that seals."""
        return self._keys[self.first_id]

    @property
    def names(self) -> list[str]:
        """The ids of all keys in hexadecimal, that of the first in front."""
        return [found.hex() for found in self._keys]

    def find(self, wanted: bytes) -> bytes | None:
        """The key with this id, None where it is not among these."""
        return self._keys.get(wanted)


def new_key() -> str:
    """A new random key as a line of a key file."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def key_id(key: bytes) -> bytes:
    """What names a key: the first bytes of its SHA-256, from which nobody finds the key."""
    return hashlib.sha256(key).digest()[:ID_BYTES]


def _decode(line: str, number: int) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(
            f"line {number} is no base64 of {KEY_BYTES} bytes; `pushgate secrets new-key` makes a key"
        )
    return key
