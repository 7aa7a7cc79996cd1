"""Huawei Push Kit's signature of receipts, and the settings that hold its key. Pure.

Sources: docs/reference/vendors/huawei.md#receipts, docs/reference/vendors/harmony.md#receipts
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, Field, SecretStr

from pushgate.adapters.receipts import InvalidSignature, MissingSignature
from pushgate.adapters.vendor_settings import FileOf
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import ConfigurationError, FieldError

MAX_AGE = timedelta(minutes=10)
"""A signature that is older, or that much ahead of this clock, is not accepted."""
MAX_NONCE = 128
_HEADER = "x-huawei-callback-id"


@dataclass(frozen=True, slots=True)
class ReceiptSignature:
    """Checks an HMAC of the time, a nonce and the user's name. The body is not signed."""

    user: str
    key: bytes

    def check(self, headers: Mapping[str, str], now: datetime) -> str:
        """Return the nonce of a valid signature.

        Raises InvalidSignature, MissingSignature without the header.
        """
        if _HEADER not in headers:
            raise MissingSignature("the callback carries no signature")
        parts = dict(part.strip().partition("=")[::2] for part in headers.get(_HEADER, "").split(";"))
        timestamp, nonce, value = (parts.get(name, "") for name in ("timestamp", "nonce", "value"))
        if not (timestamp and nonce and value):
            raise InvalidSignature("the callback carries no signature")
        if len(nonce) > MAX_NONCE:
            raise InvalidSignature("the nonce is too long")
        expected = hmac.new(self.key, f"{timestamp}{nonce}{self.user}".encode(), hashlib.sha256).digest()
        try:
            actual = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            actual = b""
        if not hmac.compare_digest(actual, expected):
            raise InvalidSignature("the signature does not hold")
        if not timestamp.isdecimal() or abs(int(timestamp) - to_ms(now)) > MAX_AGE / timedelta(
            milliseconds=1
        ):
            raise InvalidSignature("the signature is not of now")
        return nonce


class ReceiptKeySettings(BaseModel):
    """The part of a vendor's section that holds the key of its receipts."""

    receipt_user: str | None = Field(
        default=None, max_length=256, description="user name set for the receipts' address; with receipt_key"
    )
    receipt_key_file: FileOf = None
    receipt_key: SecretStr | None = Field(
        default=None, description="key that signs receipts; with receipt_user"
    )
    receipt_key_is_base64: bool = Field(
        default=True,
        description="as keys made by the console are; false for older ones, which are used as they are",
    )

    def signature(self) -> ReceiptSignature | None:
        """Return the checker of the signature, None if no key is set. Raises ConfigurationError."""
        if self.receipt_key is None and self.receipt_user is None:
            return None
        key = self.receipt_key.get_secret_value().encode() if self.receipt_key else b""
        if not key or not self.receipt_user:
            # With only one of the two, anybody could sign, or nothing would be checked.
            field = "receipt_user" if key else "receipt_key"
            raise ConfigurationError(
                [FieldError(field, "is missing or empty; receipt_user and receipt_key go together")]
            )
        if self.receipt_key_is_base64:
            try:
                key = base64.b64decode(key, validate=True)
            except (binascii.Error, ValueError) as error:
                reason = "is no base64; set receipt_key_is_base64 = false for a key that is used as it is"
                raise ConfigurationError([FieldError("receipt_key", reason)]) from error
        return ReceiptSignature(self.receipt_user, key)
