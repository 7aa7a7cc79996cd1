"""Vendors' own classes of messages: what they are called and what an app may set."""

from collections.abc import Mapping

import pytest
from pydantic import ValidationError
from tests.support.adapters.rendering import rendered
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.harmony import payload as harmony
from pushgate.adapters.harmony.settings import HarmonySettings
from pushgate.adapters.huawei import payload as huawei
from pushgate.adapters.huawei.settings import HuaweiSettings
from pushgate.adapters.registry import vendors
from pushgate.adapters.xiaomi import payload as xiaomi
from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Category, Content, Options, Priority

HUAWEI = [
    "IM", "VOIP", "SUBSCRIPTION", "TRAVEL", "HEALTH", "WORK", "ACCOUNT", "EXPRESS", "FINANCE",
    "DEVICE_REMINDER", "MAIL",
    "CUSTOMER_SERVICE", "MARKETING",
]  # fmt: skip


SERVICE = ["IM", "ACCOUNT", "TODO", "DEVICE_REMINDER", "ORDER", "SUBSCRIPTION"]


OPERATIONAL = ["NEWS", "CONTENT", "MARKETING", "SOCIAL"]


@pytest.mark.parametrize(
    ("vendor", "option", "values"),
    [
        ("huawei", "category", [*HUAWEI, "SYSTEM_REMINDER"]),
        ("huawei", "importance", ["LOW", "NORMAL"]),
        ("huawei", "visibility", ["PUBLIC", "PRIVATE", "SECRET"]),
        ("huawei", "target_user_type", [0, 1]),
        ("huawei", "fast_app_target", [1, 2]),
        ("huawei", "badge_add", [1, 99]),
        ("huawei", "badge_set", [0, 99]),
        ("harmony", "category", [*HUAWEI, "MISS_CALL"]),
        ("harmony", "background_mode", [0, 1]),
        ("harmony", "sound_duration", [1, 60]),
        ("harmony", "notify_id", [0, 2**31 - 1]),
        ("honor", "importance", ["LOW", "NORMAL"]),
        ("honor", "badge_set", [0, 99]),
        ("honor", "target_user_type", [0, 1]),
        ("oppo", "category", [*SERVICE, *OPERATIONAL]),
        ("oppo", "badge_set", [0, 100]),
        ("oppo", "show_ttl", [0, 43_200]),
        ("vivo", "category", [*SERVICE, *OPERATIONAL]),
        ("vivo", "notify_type", [1, 2, 3, 4]),
        ("vivo", "page", ["shop://sale", "shop:sale", "intent:#Intent;component=com.example/.Sale;end"]),
        ("xiaomi", "notify_type", list(range(-1, 8))),
        ("xiaomi", "flow_control", [3000]),
        ("meizu", "private", [True, False]),
        ("meizu", "url", ["https://example.com/", "http://example.com/", "shop://sale/1"]),
    ],
)
def test_every_documented_value_is_accepted(vendor: str, option: str, values: list[object]) -> None:
    for value in values:
        rendered(vendor, push(Content("t", "b"), None, **{vendor: {option: value}}))


def test_a_class_approved_by_huawei_is_accepted_and_sent() -> None:
    """Take what an operator configures. See docs/reference/vendors/huawei.md#options."""
    written = {"app_id": "1", "app_secret": "s", "categories": {"order": "SHOPPING"}}
    settings = HuaweiSettings.model_validate(written)
    for given in (push(options=Options(category=Category.ORDER)), push(huawei={"category": "SHOPPING"})):
        assert b'"category":"SHOPPING"' in huawei.render(given, settings, NOW)[0]
    other = push(options=Options(category=Category.ACCOUNT))
    assert b'"category":"ACCOUNT"' in huawei.render(other, settings, NOW)[0]
    with pytest.raises(PayloadRejected, match=r"huawei\.categories"):
        rendered("huawei", push(huawei={"category": "SHOPPING"}))


def test_the_default_class_of_harmonyos_is_accepted() -> None:
    written = {"service_account_file": "a.json", "category": "SHOPPING"}
    settings = HarmonySettings.model_validate(written)
    for given in (push(), push(harmony={"category": "SHOPPING"})):
        assert b'"category":"SHOPPING"' in harmony.render(given, settings, NOW)[1]


@pytest.mark.parametrize("name", ["im", "", "PLAY_VOICE", "A" * 65])
def test_an_impossible_class_is_refused_by_the_settings(name: str) -> None:
    huaweis = {"app_id": "1", "app_secret": "s", "categories": {"order": name}}
    harmonys = {"service_account_file": "a.json", "categories": {"order": name}}
    for model, written in ((HuaweiSettings, huaweis), (HarmonySettings, harmonys)):
        with pytest.raises(ValidationError, match=r"categories\.order"):
            model.model_validate(written)


def test_a_channel_of_xiaomi_must_have_a_name() -> None:
    with pytest.raises(ValidationError, match=r"channels\.order"):
        XiaomiSettings.model_validate({"package": "p", "app_secret": "s", "channels": {"order": ""}})


def test_a_silent_push_to_huawei_has_no_class() -> None:
    """Its own classes are VOIP and PLAY_VOICE, which a message names itself. See
    docs/reference/vendors/huawei.md#options, docs/reference/vendors/index.md#categories.
    """
    given = push(options=Options(silent=True, category=Category.ORDER))
    assert "category" not in rendered("huawei", given)["message"]["android"]  # type: ignore[index]  # JSON
    own = push(
        options=Options(silent=True, category=Category.ORDER, vendors={"huawei": {"category": "VOIP"}})
    )
    assert rendered("huawei", own)["message"]["android"]["category"] == "VOIP"  # type: ignore[index]  # JSON


@pytest.mark.parametrize("priority", Priority)
@pytest.mark.parametrize("vendor", vendors())
def test_no_class_follows_from_the_priority(vendor: str, priority: Priority) -> None:
    """It is the sender's to name. See docs/reference/vendors/index.md#categories."""
    made = str(rendered(vendor, push(options=Options(priority=priority))))
    assert "importance" not in made
    assert "'classification': 1" not in made


@pytest.mark.parametrize(
    ("category", "more", "channel"),
    [
        (None, {}, "usual"),
        (Category.ORDER, {}, "orders"),
        (Category.NEWS, {}, "usual"),
        (Category.ORDER, {"channel_id": "own"}, "own"),
    ],
)
def test_the_class_of_xiaomi_is_the_channel_of_the_category(
    category: Category | None, more: Mapping[str, object], channel: str
) -> None:
    written = {"package": "p", "app_secret": "s", "channel_id": "usual", "channels": {"order": "orders"}}
    settings = XiaomiSettings.model_validate(written)
    given = push(Content("t", "b"), Options(category=category, vendors={"xiaomi": more}))
    assert f"extra.channel_id={channel}&".encode() in xiaomi.render(given, settings, NOW)
