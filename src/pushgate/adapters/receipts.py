"""What vendors' callbacks have in common: signatures, lists of statuses. Pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from pydantic import BaseModel, Field, SecretStr

from pushgate.adapters.contract import (
    InvalidSignature,
    MissingSignature,
    ReceiptCode,
    ReceiptEvent,
    ReportedEvent,
)
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.errors import ConfigurationError, FieldError

STALE = timedelta(minutes=10)
"""A signed callback that is older, or from a clock so far ahead, is not taken."""
Kind = TypeVar("Kind")
_HEADER = "x-huawei-callback-id"
_LATEST = 253_402_300_799_000  # ms; the end of the calendar


@dataclass(frozen=True, slots=True)
class Signature:
    """Huawei's signature of its callbacks (docs/reference/vendors/huawei.md#receipts): an HMAC of
    when, once, and who. The body is not signed.
    """

    user: str
    key: bytes

    def check(self, headers: Mapping[str, str], now: datetime) -> str:
        """The nonce of a genuine header. Raises InvalidSignature, or Unsigned where there is no header."""
        if _HEADER not in headers:
            raise MissingSignature("the callback carries no signature")
        parts = dict(part.strip().partition("=")[::2] for part in headers.get(_HEADER, "").split(";"))
        stamp, nonce, value = (parts.get(name, "") for name in ("timestamp", "nonce", "value"))
        if not (stamp and nonce and value):
            raise InvalidSignature("the callback carries no signature")
        if len(nonce) > 128:
            raise InvalidSignature("the nonce is too long")
        mac = hmac.new(self.key, f"{stamp}{nonce}{self.user}".encode(), hashlib.sha256).digest()
        try:
            told = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            told = b""
        if not hmac.compare_digest(told, mac):
            raise InvalidSignature("the signature does not hold")
        if not stamp.isdecimal() or abs(int(stamp) - to_ms(now)) > STALE / timedelta(milliseconds=1):
            raise InvalidSignature("the signature is not of now")
        return nonce


class ReceiptKey(BaseModel):
    """Settings of an app whose receipts are signed so."""

    receipt_user: str | None = Field(
        default=None, max_length=256, description="user name set for the receipts' address; with receipt_key"
    )
    receipt_key: SecretStr | None = Field(
        default=None, description="key that signs receipts; with receipt_user"
    )
    receipt_key_is_base64: bool = Field(
        default=True,
        description="as keys made by the console are; false for older ones, which are used as they are",
    )

    def signature(self) -> Signature | None:
        """What to check, None where no key is set. Raises ConfigurationError."""
        if self.receipt_key is None and self.receipt_user is None:
            return None
        key = self.receipt_key.get_secret_value().encode() if self.receipt_key else b""
        if not key or not self.receipt_user:
            # With half of it anybody could sign, or nothing would be checked.
            field = "receipt_user" if key else "receipt_key"
            raise ConfigurationError(
                [FieldError(field, "is missing or empty; receipt_user and receipt_key go together")]
            )
        if self.receipt_key_is_base64:
            try:
                key = base64.b64decode(key, validate=True)
            except (binascii.Error, ValueError) as error:
                told = "is no base64; set receipt_key_is_base64 = false for a key that is used as it is"
                raise ConfigurationError([FieldError("receipt_key", told)]) from error
        return Signature(self.receipt_user, key)


def events(receipts: Mapping[str, ReceiptCode]) -> Mapping[str, ReportedEvent]:
    """Those of a vendor's receipts that change something."""
    return {code: told.event for code, told in receipts.items() if told.event}


class _Delivery(msgspec.Struct):
    result: int | None = None
    timestamp: object = None


class _Status(msgspec.Struct, rename="camel"):
    token: str = ""
    bi_tag: str = ""
    status: int | None = None
    timestamp: object = None
    delivery_status: _Delivery | None = None
    form_status: _Delivery | None = None


class _Statuses(msgspec.Struct):
    statuses: list[msgspec.Raw]


class Statuses:
    """Callbacks with a list of statuses: Huawei's V1 and V2, and Honor's
    (docs/reference/vendors/huawei.md#receipts, docs/reference/vendors/harmony.md#receipts,
    docs/reference/vendors/honor.md#receipts).
    """

    answer = b'{"code":"0","message":"success"}'

    def __init__(self, events: Mapping[str, ReportedEvent], signature: Signature | None) -> None:
        """Statuses that are not in `events` change nothing. Without a signature the unguessable address is all there is."""
        self._events = events
        self._signature = signature

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """Check the signature, if the app has one. Raises InvalidSignature."""
        return self._signature.check(headers, now) if self._signature else None

    def read(self, body: bytes) -> Sequence[ReceiptEvent]:
        """The events. Raises ValueError."""
        found: list[ReceiptEvent] = []
        for raw in read(body, _Statuses).statuses:
            try:
                status = read(raw, _Status)
            except ValueError:
                continue  # one that cannot be read must not hide the others
            told = status.delivery_status or status.form_status or _Delivery(status.status, status.timestamp)
            event = self._events.get(str(told.result))
            if event and status.token and status.bi_tag:
                found.append(ReceiptEvent(event, status.bi_tag, status.token, instant(told.timestamp)))
        return found


def read(raw: bytes | str, kind: type[Kind]) -> Kind:
    """JSON as a vendor writes it: numbers may come as text. Raises ValueError."""
    try:
        return msgspec.json.decode(raw, type=kind, strict=False)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError("not in the vendor's form") from error


def instant(told: object) -> datetime | None:
    """A vendor's timestamp in milliseconds, as a number or as text; None for what is none, or beyond all calendars."""
    text = str(told)
    if isinstance(told, bool) or not text.isdecimal() or len(text) > 15:
        return None
    ms = int(text)
    return from_ms(ms) if ms <= _LATEST else None
