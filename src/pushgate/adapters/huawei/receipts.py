"""Huawei's receipt codes on Android. Pure.

Source: docs/reference/vendors/huawei.md#receipts
"""

from collections.abc import Mapping

from pushgate.adapters.push_kit_receipts import push_kit_receipts
from pushgate.adapters.receipts import ReceiptCode, ReportedEvent, reported_events

RECEIPTS: Mapping[str, ReceiptCode] = push_kit_receipts(
    {
        "5": ReceiptCode(ReportedEvent.INVALID, "the token is not this user's, or this device's"),
        "6": ReceiptCode(ReportedEvent.MUTED, "notifications are turned off"),
        "201": ReceiptCode(ReportedEvent.MUTED, "the push server withholds it"),
    }
)
EVENTS = reported_events(RECEIPTS)
