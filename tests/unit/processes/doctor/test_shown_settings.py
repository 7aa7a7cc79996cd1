"""No secret of any setting gets into a report, however it was written."""

import json
from pathlib import Path

import pytest

from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor_settings import holds_secret
from pushgate.processes.doctor.shown_settings import SecretFilter, shown_settings
from pushgate.settings.model import Settings

CANARY = "canary-4f1b"
SECTIONS = {
    vendor: {
        name: f"{CANARY}-{vendor}-{name}"
        for name, field in known.settings.model_fields.items()
        if holds_secret(field.annotation)
    }
    for vendor, known in vendors().items()
}
"""A section of each vendor that has every one of its secrets."""


def settings_with_secrets(folder: Path) -> Settings:
    key_file = folder / "master.key"
    key_file.write_text(f"{CANARY}-master\n", "utf-8")
    return Settings.model_validate(
        {
            "redis": {
                "url": f"rediss://user:{CANARY}%2Fpassword@",
                "sentinels": ["s:26379"],
                "sentinel_password": f"{CANARY}-sentinel",
            },
            "secrets": {"key_file": str(key_file), "callback_key": f"{CANARY}-callback"},
            "console": {
                "oidc": {
                    "issuer": "https://id.example",
                    "client_id": "pushgate",
                    "client_secret": f"{CANARY}-oidc",
                    "grants": {"ops": ["operator"]},
                }
            },
            "apps": {
                "shop": {**SECTIONS, "unknown": {"password": f"{CANARY}-unknown"}, "broken": f"{CANARY}-text"}
            },
        }
    )


def test_no_secret_of_any_setting_is_shown(tmp_path: Path) -> None:
    assert all(SECTIONS.values())
    shown = json.dumps(shown_settings(settings_with_secrets(tmp_path)))
    assert CANARY not in shown
    assert "s:26379" in shown
    assert "app_secret" in shown


@pytest.mark.parametrize(
    "secret", ["master", "sentinel", "callback", "oidc", "%2Fpassword", "/password", "xiaomi-app_secret"]
)
def test_a_secret_that_comes_in_another_way_is_taken_out(tmp_path: Path, secret: str) -> None:
    text = CANARY + (secret if "password" in secret else f"-{secret}")
    cleaned = SecretFilter(settings_with_secrets(tmp_path)).clean({"log": [f"failed: {text}"], text: 1})
    assert CANARY not in json.dumps(cleaned)


def test_an_address_is_shown_without_its_user_and_query() -> None:
    settings = Settings.model_validate({"redis": {"url": "redis://u:p@10.0.0.1:6379/0?password=p"}})
    shown = shown_settings(settings)["redis"]
    assert isinstance(shown, dict)
    assert shown["url"] == "redis://10.0.0.1:6379/0"
