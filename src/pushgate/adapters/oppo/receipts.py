"""OPPO's receipts: a JSON list of events, each with its tokens. Pure.

Source: docs/reference/vendors/oppo.md#receipts
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

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
from pushgate.domain.push_class import SHANGHAI

RECEIPTS: Mapping[str, ReceiptCode] = {
    "push_arrive": ReceiptCode(ReportedEvent.DELIVERED, "arrived"),
    "regid_invalid": ReceiptCode(ReportedEvent.INVALID, "uninstalled, or offline for 30 days"),
    "user_daily_limit": ReceiptCode(None, "the terminal had its share for the day"),
}
_EVENTS = reported_events(RECEIPTS)


class _CallbackEntry(msgspec.Struct, rename="camel"):
    registration_ids: str = ""
    param: str = ""
    event_type: str = ""
    event_time: str | int = ""


class OppoReceiptParser(UnsignedReceipts):
    """Reads OPPO's receipts."""

    def parse(self, body: bytes) -> Sequence[ReceiptEvent]:
        """Return the events. Raises ValueError."""
        return receipt_events(require_json(body, list[msgspec.Raw]), _CallbackEntry, _events_of)


def _events_of(receipt: _CallbackEntry) -> list[ReceiptEvent]:
    event, at = _EVENTS.get(receipt.event_type), _parse_event_time(receipt.event_time)
    return token_events(event, receipt.param, comma_separated(receipt.registration_ids), at)


def _parse_event_time(event_time: str | int) -> datetime | None:
    """Return the instant of an event: milliseconds, or a local time in China.

    OPPO documents no form.
    """
    text = str(event_time).strip()
    if text.isdecimal() and len(text) <= 18:
        return parse_instant(int(text))
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
