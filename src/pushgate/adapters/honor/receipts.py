"""Honor's receipt codes, of which only one is confirmed. Pure.

Source: docs/reference/vendors/honor.md#receipts
"""

from collections.abc import Mapping

from pushgate.adapters.receipts import ReceiptCode, ReportedEvent

DELIVERED = (0, 40000002)
"""Statuses that mean delivered unless the settings say otherwise.

The first is Huawei's; a client library has the second.
"""
_DELIVERED = ReceiptCode(
    ReportedEvent.DELIVERED, "arrived; not confirmed, so it is a setting: delivered_statuses"
)
RECEIPTS: Mapping[str, ReceiptCode] = {
    **dict.fromkeys(map(str, DELIVERED), _DELIVERED),
    "40000015": ReceiptCode(None, "not shown: no page of the app matches the click's intent"),
}
