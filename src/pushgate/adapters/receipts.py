"""Reads receipts that vendors post to Pushgate: codes, events and forms. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, TypeVar
from urllib.parse import parse_qs

import msgspec

from pushgate.adapters.vendor_json import require_json
from pushgate.domain.clock import from_ms

_MAX_MS = 253_402_300_799_000  # the last second of the year 9999
_MAX_FORM_FIELDS = 10
Item = TypeVar("Item")


class ReportedEvent(Enum):
    """What a vendor reports about a push after it accepted the push."""

    DELIVERED = "delivered"
    CLICKED = "clicked"
    INVALID = "invalid"
    """The token is dead."""
    MUTED = "muted"
    """The user has turned notifications off, or the system withholds them."""


@dataclass(frozen=True, slots=True)
class ReceiptCode:
    """One row of a vendor's table of receipt codes. Without an event the code changes nothing."""

    event: ReportedEvent | None
    meaning: str


@dataclass(frozen=True, slots=True)
class ReceiptEvent:
    """One event of a receipt; `at` is None where the vendor names no instant."""

    event: ReportedEvent
    message_id: str
    token: str
    at: datetime | None = None


class InvalidSignature(Exception):
    """The callback is not the vendor's, or was posted before.

    The text says why and holds no secret.
    """


class MissingSignature(InvalidSignature):
    """The callback has no signature at all, as the test from a vendor's console may have none."""


class ReceiptParser(Protocol):
    """Reads the receipts that one vendor posts for one app."""

    reply: bytes
    """The JSON that the vendor wants as the response."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """Check the vendor's signature; return its nonce, None where the vendor sends none.

        A nonce is accepted once. Raises InvalidSignature, and MissingSignature where there is none.
        """
        ...

    def parse(self, body: bytes) -> Sequence[ReceiptEvent]:
        """Return the events of a callback, without those that change nothing or cannot be read.

        Raises ValueError when the body is not in the vendor's form.
        """
        ...


class UnsignedReceipts:
    """The base of parsers whose vendor signs nothing: only the callback's address is secret."""

    reply = b"{}"

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """Accept every callback."""
        return None


def reported_events(receipts: Mapping[str, ReceiptCode]) -> Mapping[str, ReportedEvent]:
    """Return the receipt codes that report an event."""
    return {code: receipt.event for code, receipt in receipts.items() if receipt.event}


def receipt_events(
    items: Iterable[bytes | str | msgspec.Raw],
    kind: type[Item],
    events: Callable[[Item], Iterable[ReceiptEvent]],
) -> list[ReceiptEvent]:
    """Read each item of a callback; one that cannot be read does not hide the others."""
    found: list[ReceiptEvent] = []
    for raw in items:
        try:
            item = require_json(raw, kind)
        except ValueError:
            continue
        found += events(item)
    return found


def token_events(
    event: ReportedEvent | None, message_id: str, tokens: Iterable[str], at: datetime | None = None
) -> list[ReceiptEvent]:
    """Return the same event for each token, and nothing where the event or message is missing."""
    if event is None or not message_id:
        return []
    return [ReceiptEvent(event, message_id, token, at) for token in tokens if token]


def comma_separated(text: str) -> list[str]:
    """Return the items of a list with commas, without spaces around them."""
    return [item.strip() for item in text.split(",")]


def form_field(body: bytes, name: str) -> str:
    """Return a field of a form, '' where it is absent. Raises ValueError."""
    (value,) = parse_qs(body.decode(), strict_parsing=True, max_num_fields=_MAX_FORM_FIELDS).get(name) or [""]
    return value


def parse_instant(milliseconds: object) -> datetime | None:
    """Return the instant of a timestamp in milliseconds, None where it is not valid.

    The timestamp may be a number or a text.
    """
    text = str(milliseconds)
    if isinstance(milliseconds, bool) or not text.isdecimal() or len(text) > 15:
        return None
    ms = int(text)
    return from_ms(ms) if ms <= _MAX_MS else None
