"""vivo's receipts: JSON with a receipt by task id. Pure.

Source: docs/reference/vendors/vivo.md#receipts
"""

from collections.abc import Mapping, Sequence

import msgspec

from pushgate.adapters.receipts import (
    ReceiptCode,
    ReceiptEvent,
    ReportedEvent,
    UnsignedReceipts,
    comma_separated,
    parse_instant,
    receipt_events,
    reported_events,
    token_events,
)
from pushgate.adapters.vendor_json import require_json

RECEIPTS: Mapping[str, ReceiptCode] = {"0": ReceiptCode(ReportedEvent.DELIVERED, "arrived")}
"""By `ackType`."""
_EVENTS = reported_events(RECEIPTS)


class _CallbackEntry(msgspec.Struct, rename="camel"):
    targets: str = ""
    param: str = ""
    ack_type: str = ""
    ack_time: object = None


class VivoReceiptParser(UnsignedReceipts):
    """Reads vivo's receipts in the form of its older interface."""

    def parse(self, body: bytes) -> Sequence[ReceiptEvent]:
        """Return the events. Raises ValueError."""
        return receipt_events(require_json(body, dict[str, msgspec.Raw]).values(), _CallbackEntry, _events_of)


def _events_of(receipt: _CallbackEntry) -> list[ReceiptEvent]:
    event, at = _EVENTS.get(receipt.ack_type), parse_instant(receipt.ack_time)
    return token_events(event, receipt.param, comma_separated(receipt.targets), at)
