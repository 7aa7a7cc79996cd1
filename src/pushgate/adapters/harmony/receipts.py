"""Huawei's receipt codes on HarmonyOS. Pure.

Source: docs/reference/vendors/harmony.md#receipts
"""

from collections.abc import Mapping

from pushgate.adapters.push_kit_receipts import push_kit_receipts
from pushgate.adapters.receipts import ReceiptCode, ReportedEvent, reported_events

_LIVE_VIEW = ReceiptCode(None, "the live view did not accept it")
_CARD = ReceiptCode(None, "the card is not known, or was updated too often: send nothing to it for now")
RECEIPTS: Mapping[str, ReceiptCode] = push_kit_receipts(
    {
        "5": ReceiptCode(ReportedEvent.INVALID, "the app's data was cleared, or the token deleted"),
        "6": ReceiptCode(ReportedEvent.MUTED, "notifications are turned off, or it is a minor's device"),
        "151": ReceiptCode(None, "not shown, or there is no such card"),
        **dict.fromkeys(["155", "156", "158", "265", "268", "269"], _LIVE_VIEW),
        "188": ReceiptCode(None, "the app could not be started"),
        "191": ReceiptCode(None, "the badge could not be set"),
        "256": ReceiptCode(None, "too many messages of this scene"),
        "259": ReceiptCode(None, "the content or an address in it is refused"),
        **dict.fromkeys(["261", "262"], _CARD),
        "264": ReceiptCode(None, "the user has not subscribed to it"),
    }
)
EVENTS = reported_events(RECEIPTS)
