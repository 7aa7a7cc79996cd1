"""Names of the push vendors as people read them, and their order."""

from collections.abc import Mapping

from pushgate.console.marking import N_
from pushgate.console.words import Words

_NAMES: Mapping[str, str] = {
    "apns": "APNs",
    "fcm": "FCM",
    "huawei": N_("Huawei"),
    "harmony": N_("HarmonyOS"),
    "xiaomi": N_("Xiaomi"),
    "honor": N_("Honor"),
    "oppo": "OPPO",
    "vivo": "vivo",
    "meizu": N_("Meizu"),
    "webpush": N_("Browsers"),
}
"""By vendor, in the order in which vendors are shown. English, for the catalogue."""
VENDORS = tuple(_NAMES)
"""All vendors, in the order in which they are shown."""


def vendor_name(vendor: str, words: Words) -> str:
    """Return the vendor's name in the reader's language; an unknown vendor keeps its own."""
    return words._(_NAMES[vendor]) if vendor in _NAMES else vendor


def vendor_order(vendor: str) -> tuple[int, str]:
    """Return a key that sorts vendors in the order in which they are shown."""
    return (VENDORS.index(vendor) if vendor in _NAMES else len(VENDORS), vendor)
