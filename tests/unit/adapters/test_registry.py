"""The registry finds every vendor."""

from tests.support.adapters.sending import VENDORS

from pushgate.adapters.apns import adapter as apns
from pushgate.adapters.fcm import adapter as fcm
from pushgate.adapters.huawei import adapter as huawei
from pushgate.adapters.registry import vendors


def test_all_vendors_are_found() -> None:
    assert set(VENDORS) == set(vendors())
    assert vendors()["apns"] is apns.VENDOR
    assert vendors()["fcm"] is fcm.VENDOR
    assert vendors()["huawei"] is huawei.VENDOR
