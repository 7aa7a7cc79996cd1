"""Sections of vendors by API: no paths of the server, and no addresses but the vendor's own."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.support.adapters.sections import with_contents

from pushgate.adapters.api_sections import api_section_faults
from pushgate.adapters.registry import vendors
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections

NAMES = sorted(vendors())


def fields(vendor: str, section: Mapping[str, object], *, allow_endpoints: bool = False) -> set[str]:
    faults = api_section_faults(vendors()[vendor], section, allow_endpoints=allow_endpoints)
    return {fault.field for fault in faults}


@pytest.mark.parametrize("name", NAMES)
def test_paths_never_come_by_api(name: str) -> None:
    vendor = vendors()[name]
    paths = {setting: "/etc/shadow" for setting in vendor.settings.model_fields if setting.endswith("_file")}
    assert fields(name, paths, allow_endpoints=True) == set(paths)
    for fault in api_section_faults(vendor, paths, allow_endpoints=True):
        assert fault.message.endswith(f"as {fault.field.removesuffix('_file')}")


@pytest.mark.parametrize("name", NAMES)
def test_addresses_of_others_are_taken_only_where_the_operator_allows_them(name: str, tmp_path: Path) -> None:
    """The sandbox is such an address."""
    section = with_contents(app_sections(Credentials(tmp_path, "https://sandbox:1"))[name])
    section["proxy"] = "http://10.0.0.1:3128"
    refused = fields(name, section)
    assert {"proxy", "hosts" if name == "webpush" else "endpoint"} <= refused
    assert fields(name, section, allow_endpoints=True) == set()
    kept = {
        setting: value
        for setting, value in section.items()
        if setting not in refused and setting != "service_account"
    }
    assert fields(name, kept) == set()


@pytest.mark.parametrize("name", NAMES)
def test_the_vendors_own_addresses_are_taken(name: str) -> None:
    for setting, field in vendors()[name].settings.model_fields.items():
        if "endpoint" in setting and field.default:
            assert fields(name, {setting: field.default}) == set()
            assert fields(name, {setting: field.default + "/"}) == set()
            assert fields(name, {setting: field.default + ".example.com"}) == {setting}


@pytest.mark.parametrize(
    ("name", "section", "refused"),
    [
        ("apns", {"endpoint": "https://api.sandbox.push.apple.com"}, set()),
        ("apns", {"endpoint": "http://127.0.0.1:6379"}, {"endpoint"}),
        ("xiaomi", {"endpoint": "", "region": "europe"}, set()),
        ("xiaomi", {"endpoint": "https://fr-api.xmpush.global.xiaomi.com"}, set()),
        ("oppo", {"overseas_endpoint": "https://169.254.169.254"}, {"overseas_endpoint"}),
        ("honor", {"token_endpoint": "https://[::1]/token"}, {"token_endpoint"}),
        ("webpush", {"hosts": ["web.push.apple.com"]}, set()),
        ("webpush", {"hosts": ["db5p.notify.windows.com"]}, set()),
        ("webpush", {"hosts": ["web.push.apple.com", "localhost"]}, {"hosts"}),
        ("webpush", {"hosts": ["*.internal"]}, {"hosts"}),
        ("webpush", {"hosts": "metadata"}, {"hosts"}),
        ("webpush", {"hosts": [7, None]}, {"hosts"}),
        ("meizu", {"endpoint": None, "proxy": None}, set()),
        ("meizu", {"endpoint": {"a": 1}}, {"endpoint"}),
    ],
)
def test_addresses_in_a_section(name: str, section: dict[str, object], refused: set[str]) -> None:
    assert fields(name, section) == refused


@pytest.mark.parametrize(
    ("account", "refused"),
    [
        ({}, False),
        ({"token_uri": "https://oauth2.googleapis.com/token"}, False),
        ({"token_uri": "https://accounts.google.com/o/oauth2/token"}, False),
        ({"token_uri": "http://169.254.169.254/latest"}, True),
        ({"token_uri": "https://oauth2.googleapis.com.example.com/token"}, True),
        ({"token_uri": ["https://oauth2.googleapis.com/token"]}, True),
        ({"token_uri": None}, True),
    ],
)
def test_an_address_within_a_credential_is_an_address(account: dict[str, object], *, refused: bool) -> None:
    section = {"service_account": json.dumps({"project_id": "p", **account})}
    assert fields("fcm", section) == ({"service_account"} if refused else set())
    assert fields("fcm", section, allow_endpoints=True) == set()


def test_the_last_of_two_addresses_counts_as_in_the_adapter() -> None:
    own, other = "https://oauth2.googleapis.com/token", "https://10.0.0.1/token"
    twice = '{"token_uri": "%s", "token_uri": "%s"}'
    assert fields("fcm", {"service_account": twice % (own, other)}) == {"service_account"}
    assert fields("fcm", {"service_account": twice % (other, own)}) == set()


@pytest.mark.parametrize("content", ["", "[", "[" * 100_000, "[]", "7", 7, None, {"token_uri": "x"}])
def test_what_is_no_service_account_is_left_to_the_vendors_model(content: object) -> None:
    assert fields("fcm", {"service_account": content}) == set()
