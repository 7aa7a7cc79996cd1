"""An app states categories of its own, and caps of categories."""

from typing import Any

import pytest
from pydantic import ValidationError

from pushgate.settings.apps import AppSettings


@pytest.mark.parametrize(
    "written",
    [
        {"caps": {"marketing": {"per_day": 3}, "anything": {"per_day": 15}}},
        {
            "categories": {"price-drop": "marketing"},
            "caps": {"price-drop": {"per_day": 1}, "news": {"per_day": 2}},
        },
        {"timezone": "Asia/Shanghai"},
    ],
)
def test_good_settings_are_taken(written: dict[str, Any]) -> None:
    found = AppSettings.model_validate(written).without_vendors()
    assert {name: limit.per_day for name, limit in found.caps.items()} == {
        name: limit["per_day"] for name, limit in written.get("caps", {}).items()
    }


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"caps": {"marketing": {"per_day": 0}}}, "per_day"),
        ({"caps": {"marketing": {"per_day": 16}}}, "per_day"),
        ({"caps": {"marketing": {"per_week": 1}}}, "per_week"),
        ({"caps": {"Marketing": {"per_day": 1}}}, "Marketing"),
        ({"categories": {"price-drop": "promo"}}, "price-drop"),
        (
            {"categories": {"price-drop": "news"}, "caps": {"pricedrop": {"per_day": 1}}},
            "add it to categories",
        ),
        ({"timezone": "Mars/Base"}, "timezone"),
    ],
)
def test_bad_settings_are_refused(written: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        AppSettings.model_validate(written)
