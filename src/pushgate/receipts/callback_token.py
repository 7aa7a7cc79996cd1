"""Callback tokens: a push carries one, so that only an app that got the push can report on it. No
I/O.
"""

import base64
import binascii
import hashlib
import hmac

_MAC_BYTES = 16


class CallbackTokens:
    """Signs and verifies callback tokens: `<app>.<message id>.<mac>`, HMAC-SHA256 cut to 128 bits,
    base64url.
    """

    def __init__(self, *keys: bytes) -> None:
        """Signs with the first key, verifies with all."""
        self._keys: tuple[bytes, ...] = ()
        self._starts: list[hmac.HMAC] = []
        self._paths: dict[tuple[str, str], str] = {}
        self.use(*keys)

    def use(self, *keys: bytes) -> None:
        """Use these keys from now on."""
        if keys != self._keys:
            self._keys = keys
            self._starts = [hmac.new(key, digestmod=hashlib.sha256) for key in keys]
            self._paths = {}

    def sign(self, app: str, message_id: str) -> str:
        """The callback token of a message."""
        return f"{app}.{message_id}.{_text(_digest(self._starts[0], f'{app}.{message_id}'))}"

    def verify(self, token: str) -> tuple[str, str] | None:
        """The app and message id of a genuine token, else None."""
        parts = token.split(".")
        if len(parts) != 3 or not token.isascii():
            return None
        app, message_id, text = parts
        try:
            mac = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            return None
        return (app, message_id) if self._is_genuine(mac, f"{app}.{message_id}") else None

    def path(self, vendor: str, app: str) -> str:
        """Where an app's vendor reports receipts."""
        known = self._paths.get((vendor, app))
        if known is None:
            known = self._paths[vendor, app] = f"/v1/receipts/{vendor}/{app}/{self.address(vendor, app)}"
        return known

    def address(self, vendor: str, app: str) -> str:
        """The secret part of that path."""
        return _text(_digest(self._starts[0], _address(vendor, app)))

    def is_address(self, vendor: str, app: str, secret: str) -> bool:
        """Whether this is the secret part, made with any of the keys."""
        texts = [_text(_digest(start, _address(vendor, app))) for start in self._starts]
        matches = [hmac.compare_digest(text.encode(), secret.encode()) for text in texts]
        return any(matches)

    def _is_genuine(self, mac: bytes, text: str) -> bool:
        matches = [hmac.compare_digest(mac, _digest(start, text)) for start in self._starts]
        return any(matches)


def _address(vendor: str, app: str) -> str:
    return f"receipts/{vendor}/{app}"


def _text(mac: bytes) -> str:
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _digest(start: hmac.HMAC, text: str) -> bytes:
    mac = start.copy()  # the key's own blocks are hashed once
    mac.update(text.encode())
    return mac.digest()[:_MAC_BYTES]
