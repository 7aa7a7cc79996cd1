"""What OPPO's classes of messages allow."""

import pytest
from tests.support.adapters.rendering import rendered
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.oppo import payload as oppo
from pushgate.adapters.oppo.settings import OppoSettings
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Category, Options

SERVICE = ["IM", "ACCOUNT", "TODO", "DEVICE_REMINDER", "ORDER", "SUBSCRIPTION"]


OPERATIONAL = ["NEWS", "CONTENT", "MARKETING", "SOCIAL"]


@pytest.mark.parametrize("category", [*SERVICE, *OPERATIONAL])
@pytest.mark.parametrize("level", [1, 2, 16])
def test_levels_above_1_are_for_communication_and_service(category: str, level: int) -> None:
    """See docs/reference/vendors/oppo.md#options, docs/reference/vendors/index.md#categories."""
    given = push(oppo={"category": category, "notify_level": level})
    if level > 1 and category in OPERATIONAL:
        with pytest.raises(PayloadRejected, match="notify_level"):
            rendered("oppo", given)
    else:
        assert rendered("oppo", given)["notify_level"] == level  # type: ignore[index]  # JSON


@pytest.mark.parametrize("category", SERVICE)
def test_a_show_ttl_of_a_day_is_for_communication_and_service(category: str) -> None:
    """See docs/reference/vendors/oppo.md#options."""
    assert rendered("oppo", push(oppo={"category": category, "show_ttl": 86_400}))["show_ttl"] == 86_400  # type: ignore[index]  # JSON


@pytest.mark.parametrize(
    ("usual", "category", "level"),
    [(2, Category.ORDER, 2), (2, Category.MARKETING, None), (1, Category.MARKETING, 1), (2, None, None)],
)
def test_the_level_of_the_settings_goes_with_classes_that_have_it(
    usual: int, category: Category | None, level: int | None
) -> None:
    written = {"app_key": "k", "master_secret": "s", "notify_level": usual}
    settings = OppoSettings.model_validate(written)
    made = oppo.render(push(options=Options(category=category)), settings, NOW)
    assert made.get("notify_level") == level
