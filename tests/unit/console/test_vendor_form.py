"""A vendor's section as a form, for every vendor."""

import pytest

from pushgate.adapters.registry import vendors
from pushgate.console.vendor_form import read_section, section_fields

_FILLED = {
    "rate_limit": 250.5,
    "max_connections": 3,
    "endpoint": "https://push.example",
    "ca": "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----",
}


@pytest.mark.parametrize("vendor", sorted(vendors()))
def test_a_form_that_nobody_changed_changes_nothing(vendor: str) -> None:
    typed = {field.name: field.value for field in section_fields(vendor, _FILLED)}
    assert read_section(vendor, typed, _FILLED) == ({}, {})


@pytest.mark.parametrize("vendor", sorted(vendors()))
def test_every_setting_but_paths_is_a_field(vendor: str) -> None:
    settings = {name for name in vendors()[vendor].settings.model_fields if not name.endswith("_file")}
    assert {field.name for field in section_fields(vendor, None)} == settings


@pytest.mark.parametrize("vendor", sorted(vendors()))
def test_secrets_are_never_filled_in_and_stay_where_nothing_is_typed(vendor: str) -> None:
    current = dict.fromkeys(vendors()[vendor].secrets, "a secret")
    for field in section_fields(vendor, current):
        assert "a secret" not in (field.value, field.placeholder)
    assert read_section(vendor, {}, None)[0].keys().isdisjoint(vendors()[vendor].secrets)
    typed = dict.fromkeys(vendors()[vendor].secrets, "another")
    assert read_section(vendor, typed, current)[0] == typed


@pytest.mark.parametrize(
    ("vendor", "typed", "section", "faulty"),
    [
        ("vivo", {"app_id": "100012345"}, {"app_id": 100012345}, set()),
        ("vivo", {"app_id": "no number"}, {"app_id": "no number"}, set()),  # the API names the fault
        ("fcm", {"rate_limit": "12.5"}, {"rate_limit": 12.5}, set()),
        ("xiaomi", {"package": " com.example.shop "}, {"package": "com.example.shop"}, set()),
        ("xiaomi", {"region": "europe"}, {"region": "europe"}, set()),
        ("xiaomi", {"channels": '{"marketing": "7"}'}, {"channels": {"marketing": "7"}}, set()),
        ("xiaomi", {"channels": "marketing=7"}, {}, {"channels"}),
        ("oppo", {"notify_level": "16"}, {"notify_level": 16}, set()),
        ("meizu", {"private": "true"}, {"private": True}, set()),
        ("webpush", {"hosts": '["push.example"]'}, {"hosts": ["push.example"]}, set()),
        ("oppo", {"unknown": "1"}, {}, set()),
    ],
)
def test_texts_become_settings(
    vendor: str, typed: dict[str, str], section: dict[str, object], faulty: set[str]
) -> None:
    unchanged = {field.name: field.value for field in section_fields(vendor, None)}
    found, wrong = read_section(vendor, unchanged | typed, None)
    assert (found, set(wrong)) == (section, faulty)


def test_an_emptied_field_goes_back_to_its_default() -> None:
    typed = {field.name: field.value for field in section_fields("fcm", {"rate_limit": 10})}
    assert read_section("fcm", typed | {"rate_limit": ""}, {"rate_limit": 10})[0] == {"rate_limit": None}
