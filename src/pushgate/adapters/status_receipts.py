"""Receipts with a list of statuses: Huawei's of both versions, HarmonyOS' and Honor's. Pure.

Sources: docs/reference/vendors/huawei.md#receipts, docs/reference/vendors/harmony.md#receipts,
docs/reference/vendors/honor.md#receipts
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pushgate.adapters.push_kit_signature import ReceiptSignature
from pushgate.adapters.receipts import (
    ReceiptEvent,
    ReportedEvent,
    parse_instant,
    receipt_events,
    token_events,
)
from pushgate.adapters.vendor_json import require_json


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


class StatusReceiptParser:
    """Reads receipts with a list of statuses."""

    reply = b'{"code":"0","message":"success"}'

    def __init__(self, events: Mapping[str, ReportedEvent], signature: ReceiptSignature | None) -> None:
        """A status that is not in `events` changes nothing.

        Without a signature, only the callback's address is secret.
        """
        self._events = events
        self._signature = signature

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """Check the signature, if the app has a key, and return its nonce.

        Raises InvalidSignature.
        """
        return self._signature.check(headers, now) if self._signature else None

    def parse(self, body: bytes) -> Sequence[ReceiptEvent]:
        """Return the events. Raises ValueError."""
        return receipt_events(require_json(body, _Statuses).statuses, _Status, self._events_of)

    def _events_of(self, status: _Status) -> Sequence[ReceiptEvent]:
        delivery = status.delivery_status or status.form_status or _Delivery(status.status, status.timestamp)
        event = self._events.get(str(delivery.result))
        return token_events(event, status.bi_tag, [status.token], parse_instant(delivery.timestamp))
