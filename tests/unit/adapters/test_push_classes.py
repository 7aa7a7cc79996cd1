"""The class that each vendor counts a message in, by category or by the vendor's own option."""

import pytest

from pushgate.adapters.harmony.settings import HarmonySettings
from pushgate.adapters.honor.settings import HonorSettings
from pushgate.adapters.huawei.settings import HuaweiSettings
from pushgate.adapters.meizu.settings import MeizuSettings
from pushgate.adapters.oppo.settings import OppoSettings
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor_settings import VendorSettings
from pushgate.adapters.vivo.settings import VivoSettings
from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.domain.message import Category, Options
from pushgate.domain.push_class import PushClass

M, S = PushClass.MARKETING, PushClass.SERVICE
CHANNELS = {"order": "o1", "marketing": "m1"}
SETTINGS: dict[str, VendorSettings] = {
    "huawei": HuaweiSettings.model_construct(categories={}),
    "harmony": HarmonySettings.model_construct(categories={}, category="MARKETING"),
    "honor": HonorSettings.model_construct(),
    "xiaomi": XiaomiSettings.model_construct(channels=CHANNELS, channel_id=None),
    "oppo": OppoSettings.model_construct(category=None),
    "vivo": VivoSettings.model_construct(category="MARKETING"),
    "meizu": MeizuSettings.model_construct(private=False),
}


def class_of(vendor: str, options: Options) -> PushClass:
    tell = vendors()[vendor].push_class
    assert tell is not None
    return tell(options, SETTINGS[vendor])


@pytest.mark.parametrize("vendor", sorted(SETTINGS))
def test_a_category_tells_the_class(vendor: str) -> None:
    assert class_of(vendor, Options(category=Category.ORDER)) is S
    assert class_of(vendor, Options(category=Category.MARKETING)) is M
    assert class_of(vendor, Options(category=Category.NEWS)) is M
    assert class_of(vendor, Options()) is M


@pytest.mark.parametrize(
    ("vendor", "own", "expected"),
    [
        ("huawei", {"category": "IM"}, S),
        ("huawei", {"category": "MARKETING"}, M),
        ("harmony", {"category": "TRAVEL"}, S),
        ("harmony", {"push_type": "form"}, S),
        ("honor", {"importance": "NORMAL"}, S),
        ("honor", {"importance": "LOW"}, M),
        ("xiaomi", {"channel_id": "o1"}, S),
        ("xiaomi", {"channel_id": "other"}, M),
        ("oppo", {"category": "IM"}, S),
        ("oppo", {"category": "CONTENT"}, M),
        ("vivo", {"category": "TODO"}, S),  # vivo's category of things that a user has to do
        ("vivo", {"category": "SOCIAL"}, M),
        ("meizu", {"private": True}, S),
        ("meizu", {"private": False}, M),
    ],
)
def test_the_vendors_own_option_comes_first(vendor: str, own: dict[str, object], expected: PushClass) -> None:
    other = Category.MARKETING if expected is S else Category.ORDER
    assert class_of(vendor, Options(category=other, vendors={vendor: own})) is expected


def test_other_vendors_count_no_classes() -> None:
    assert {name for name, vendor in vendors().items() if vendor.push_class is None} == {
        "apns",
        "fcm",
        "webpush",
    }
