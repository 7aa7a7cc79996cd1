"""Callback tokens: what a push carries, so that only somebody who got it can report on it. Pure."""

import base64
import binascii
import hashlib
import hmac

_MAC_BYTES = 16


class CallbackTokens:
    """Signs and verifies callback tokens: `<app>.<message id>.<mac>`, HMAC-SHA256 cut to 128 bits,
    base64url.
    """

    def __init__(self, key: bytes) -> None:
        self._start = hmac.new(key, digestmod=hashlib.sha256)

    def sign(self, app: str, message_id: str) -> str:
        """The callback token of a message."""
        mac = base64.urlsafe_b64encode(self._mac(app, message_id)).rstrip(b"=").decode()
        return f"{app}.{message_id}.{mac}"

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
        return (app, message_id) if hmac.compare_digest(mac, self._mac(app, message_id)) else None

    def path(self, vendor: str, app: str) -> str:
        """Where an app's vendor reports receipts."""
        return f"/v1/receipts/{vendor}/{app}/{self.address(vendor, app)}"

    def address(self, vendor: str, app: str) -> str:
        """The part of that path that nobody can guess."""
        mac = self._digest(f"receipts/{vendor}/{app}")
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def _mac(self, app: str, message_id: str) -> bytes:
        return self._digest(f"{app}.{message_id}")

    def _digest(self, text: str) -> bytes:
        mac = self._start.copy()  # the key's own blocks are hashed once
        mac.update(text.encode())
        return mac.digest()[:_MAC_BYTES]
