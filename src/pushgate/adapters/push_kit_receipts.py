"""Receipt codes that Huawei Push Kit has on Android and on HarmonyOS alike. Pure.

Sources: docs/reference/vendors/huawei.md#receipts, docs/reference/vendors/harmony.md#receipts
"""

from collections.abc import Mapping

from pushgate.adapters.receipts import ReceiptCode, ReportedEvent

_PUSH_KIT_RECEIPTS: Mapping[str, ReceiptCode] = {
    "0": ReceiptCode(ReportedEvent.DELIVERED, "arrived"),
    "2": ReceiptCode(ReportedEvent.INVALID, "the app was uninstalled"),
    "10": ReceiptCode(None, "the device was not active for 30 days"),
    "14": ReceiptCode(None, "lost in the network, or another fault"),
    "15": ReceiptCode(None, "replaced, or too many messages waited for the device"),
    "22": ReceiptCode(None, "another user is logged in"),
    "27": ReceiptCode(None, "the app is not running; the message waits"),
    "31": ReceiptCode(None, "the app's version or the target page is not supported"),
    "51": ReceiptCode(None, "the device was not unlocked since it started; the message waits"),
    "102": ReceiptCode(None, "the device has had too many messages today"),
    "144": ReceiptCode(None, "there is no such profile"),
}


def push_kit_receipts(own: Mapping[str, ReceiptCode]) -> Mapping[str, ReceiptCode]:
    """Return the shared rows and one system's own, in the order of their numbers."""
    rows = {**_PUSH_KIT_RECEIPTS, **own}
    return {code: rows[code] for code in sorted(rows, key=int)}
