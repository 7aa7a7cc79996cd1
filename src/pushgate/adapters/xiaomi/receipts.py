"""Xiaomi's receipts: a form with JSON by message. Pure.

Source: docs/reference/vendors/xiaomi.md#receipts
"""

from collections.abc import Mapping, Sequence

import msgspec

from pushgate.adapters.receipts import (
    ReceiptCode,
    ReceiptEvent,
    ReportedEvent,
    UnsignedReceipts,
    comma_separated,
    form_field,
    parse_instant,
    receipt_events,
    reported_events,
    token_events,
)
from pushgate.adapters.vendor_json import require_json

RECEIPTS: Mapping[str, ReceiptCode] = {
    "1": ReceiptCode(ReportedEvent.DELIVERED, "arrived"),
    "2": ReceiptCode(ReportedEvent.CLICKED, "clicked"),
    "16": ReceiptCode(ReportedEvent.INVALID, "uninstalled, of another region, or offline for 90 days"),
    "32": ReceiptCode(ReportedEvent.MUTED, "notifications are turned off"),
    "64": ReceiptCode(None, "a filter of the message keeps it back"),
    "128": ReceiptCode(None, "the device had its share for the day"),
}
"""Each code is a bit."""
_EVENTS = reported_events(RECEIPTS)
REQUESTED_RECEIPTS = str(sum(map(int, _EVENTS)))
"""The sum of the bits that a push asks for."""


class _CallbackEntry(msgspec.Struct):
    param: str = ""
    type: int = 0
    targets: str = ""
    timestamp: object = None


class XiaomiReceiptParser(UnsignedReceipts):
    """Reads Xiaomi's receipts."""

    def parse(self, body: bytes) -> Sequence[ReceiptEvent]:
        """Return the events. Raises ValueError."""
        by_message = require_json(form_field(body, "data"), dict[str, msgspec.Raw])
        return receipt_events(by_message.values(), _CallbackEntry, _events_of)


def _events_of(receipt: _CallbackEntry) -> list[ReceiptEvent]:
    event, at = _EVENTS.get(str(receipt.type)), parse_instant(receipt.timestamp)
    return token_events(event, receipt.param, comma_separated(receipt.targets), at)
