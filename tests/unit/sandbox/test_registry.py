"""Every vendor that Pushgate has an adapter for is simulated, and no two share a path."""

from pathlib import Path

import pytest

from pushgate.adapters.registry import vendors
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import SimulatedVendors, app_sections, demo_sections, open_vendors
from pushgate.sandbox.simulated_vendor import SandboxContext

PATHS = {
    "/3/device/abcd": "apns",
    "/v1/projects/demo/messages:send": "fcm",
    "/token": "fcm",
    "/v3/1/messages:send": "harmony",
    "/auth/token": "honor",
    "/api/v1/1/sendMessage": "honor",
    "/oauth2/v3/token": "huawei",
    "/v1/1/messages:send": "huawei",
    "/v2/1/messages:send": "huawei",
    "/garcia/api/server/push/varnished/pushByPushId": "meizu",
    "/server/v1/auth": "oppo",
    "/message/send": "vivo",
    "/wp/firefox": "webpush",
    "/v3/message/regid": "xiaomi",
    "/v2/message/regid": "xiaomi",
}


@pytest.fixture(scope="module")
def simulated(context: SandboxContext) -> SimulatedVendors:
    return open_vendors(context)


def test_finds_a_simulated_vendor_for_every_adapter(simulated: SimulatedVendors) -> None:
    assert simulated.by_name.keys() == vendors().keys()


@pytest.mark.parametrize(("path", "owner"), PATHS.items())
def test_exactly_one_vendor_owns_a_path(path: str, owner: str, simulated: SimulatedVendors) -> None:
    assert [vendor.name for vendor in simulated.by_name.values() if vendor.owns(path)] == [owner]


def test_sections_are_valid_settings_of_the_adapters(tmp_path: Path) -> None:
    sections = app_sections(Credentials(tmp_path, "https://127.0.0.1:1"))
    for name, section in sections.items():
        vendors()[name].settings.model_validate(section)


def test_the_demo_app_leaves_nobody_out_of_marketing(tmp_path: Path) -> None:
    sections = demo_sections(Credentials(tmp_path, "https://127.0.0.1:1"))
    limited = {
        name for name, vendor in vendors().items() if "marketing_per_device" in vendor.settings.model_fields
    }
    assert {name for name, section in sections.items() if section.get("marketing_per_device") == 0} == limited
