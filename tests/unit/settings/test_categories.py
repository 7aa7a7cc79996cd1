"""An app states categories of its own, and caps of categories."""

from datetime import UTC, datetime
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
        ({"quiet_hours": {"news": {"begin": "24:00", "end": "08:00"}}}, "begin"),
        ({"quiet_hours": {"news": {"begin": "22:00"}}}, "end"),
        ({"categories": {"all": "news"}}, "stands for all"),
        ({"caps": {"all": {"per_day": 3}}}, "name each of them"),
        (
            {"categories": {"drop": "news"}, "quiet_hours": {"drops": {"begin": "22:00", "end": "08:00"}}},
            "quiet_hours names drops",
        ),
    ],
)
def test_bad_settings_are_refused(written: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        AppSettings.model_validate(written)


def test_quiet_hours_are_those_of_the_category_or_of_all() -> None:
    night, none = {"begin": "22:00", "end": "08:00"}, {"begin": "00:00", "end": "00:00"}
    found = AppSettings.model_validate({"quiet_hours": {"all": night, "order": none}}).without_vendors()
    at_night = datetime(2027, 1, 2, 23, tzinfo=UTC)
    held = {}
    for category in ("order", "news", ""):
        hours = found.quiet_hours_of(category)
        assert hours is not None
        held[category] = hours.times("UTC").is_quiet(at_night, None)
    assert held == {"order": False, "news": True, "": True}
    assert AppSettings().quiet_hours_of("news") is None
