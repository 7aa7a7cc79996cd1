"""Seals secrets before they are stored, and opens them again: AES-256-GCM. No I/O.

A sealed value is `01`, the id of its key (4 bytes), a nonce (12 bytes), and the ciphertext with its
tag. It opens only in the context in which it was sealed.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pushgate.domain.errors import NoMasterKey, SealedElsewhere
from pushgate.sealing.master_keys import ID_BYTES, MasterKeys

_MARK = b"\x01"
"""No clear value begins with this byte: clear values are JSON."""
_NONCE_BYTES = 12
_TAG_BYTES = 16
_START = len(_MARK) + ID_BYTES
_SHORTEST = _START + _NONCE_BYTES + _TAG_BYTES


class Sealer:
    """Seals with the first master key, and opens with each of them.

    Without master keys nothing can be sealed or opened. `keys` may be replaced while the process
    runs.
    """

    def __init__(self, keys: MasterKeys | None) -> None:
        self.keys = keys

    @property
    def can_seal(self) -> bool:
        """Whether there is a master key."""
        return self.keys is not None

    def seal(self, plain: bytes, context: str) -> bytes:
        """Seal a secret. `context` says where the value belongs, as `app:shop:vendor:apns`.

        Raises NoMasterKey.
        """
        if self.keys is None:
            raise NoMasterKey
        # 2^32 random nonces a key are safe (NIST SP 800-38D, 8.3).
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _MARK + self.keys.first_id
        return head + nonce + AESGCM(self.keys.first).encrypt(nonce, plain, _bound(head, context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """The secret. Raises SealedElsewhere where no key here opens the value in this context."""
        if not is_sealed(sealed) or len(sealed) < _SHORTEST:
            raise SealedElsewhere(f"the secret of {context} is not a sealed value: it was changed or cut off")
        head, nonce = sealed[:_START], sealed[_START : _START + _NONCE_BYTES]
        name = head[len(_MARK) :]
        key = self.keys.find(name) if self.keys else None
        if key is None:
            raise SealedElsewhere(
                f"the secret of {context} is sealed with the master key {name.hex()}, "
                f"and this process has {self._described()}: add that key to secrets.key_file"
            )
        try:
            return AESGCM(key).decrypt(nonce, sealed[_START + _NONCE_BYTES :], _bound(head, context))
        except InvalidTag as error:
            raise SealedElsewhere(
                f"the secret of {context} was changed, or belongs elsewhere: "
                f"the master key {name.hex()} does not open it; store the secret again"
            ) from error

    def seal_if_possible(self, plain: bytes, context: str) -> bytes:
        """Seal a secret, or return it in clear where there is no master key.

        `plain` is JSON, by which it is told from a sealed value.
        """
        return self.seal(plain, context) if self.can_seal else plain

    def open_or_clear(self, stored: bytes, context: str) -> bytes:
        """The secret of a value that is sealed or in clear. Raises SealedElsewhere."""
        return self.open(stored, context) if is_sealed(stored) else stored

    def is_current(self, stored: bytes) -> bool:
        """Whether the value is stored as this process would store it now.

        It would seal with the first key. Without a key, it leaves every value as it is.
        """
        return self.keys is None or stored.startswith(_MARK + self.keys.first_id)

    def _described(self) -> str:
        return " ".join(self.keys.names) if self.keys else "no master key"


def is_sealed(stored: bytes) -> bool:
    """Whether the value is sealed, with whichever key. All other values are in clear."""
    return stored.startswith(_MARK)


def key_name(sealed: bytes) -> str:
    """The id of the master key that sealed a value, in hexadecimal; `unknown` where the value is in
    clear or cut off.
    """
    return sealed[len(_MARK) : _START].hex() if is_sealed(sealed) and len(sealed) >= _START else "unknown"


def _bound(head: bytes, context: str) -> bytes:
    """The associated data: the value opens only with this key, and where it belongs."""
    return head + context.encode()
