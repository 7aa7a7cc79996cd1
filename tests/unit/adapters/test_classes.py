"""Vendors' own classes of messages (docs/reference/vendors/index.md#categories): what they are
called, what an app may set, and when a push is warned of.
"""

from collections.abc import Mapping

import pytest
from pydantic import ValidationError
from tests.support.adapters.rendering import rendered
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.contract import Adapter
from pushgate.adapters.harmony import payload as harmony
from pushgate.adapters.harmony.settings import HarmonySettings
from pushgate.adapters.huawei import payload as huawei
from pushgate.adapters.huawei.settings import HuaweiSettings
from pushgate.adapters.oppo import payload as oppo
from pushgate.adapters.oppo.settings import OppoSettings
from pushgate.adapters.preparation import warnings
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import AdapterContext
from pushgate.adapters.xiaomi import payload as xiaomi
from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Category, Content, Options, Priority
from pushgate.http2.credentials import NoCredentialStore
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections

HUAWEI = [
    "IM", "VOIP", "SUBSCRIPTION", "TRAVEL", "HEALTH", "WORK", "ACCOUNT", "EXPRESS", "FINANCE", "DEVICE_REMINDER", "MAIL",
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
def test_every_value_that_the_vendor_documents_is_taken(
    vendor: str, option: str, values: list[object]
) -> None:
    for value in values:
        rendered(vendor, push(Content("t", "b"), None, **{vendor: {option: value}}))


@pytest.mark.parametrize("category", [*SERVICE, *OPERATIONAL])
@pytest.mark.parametrize("level", [1, 2, 16])
def test_oppos_louder_levels_are_for_communication_and_service(category: str, level: int) -> None:
    """See docs/reference/vendors/oppo.md#options, docs/reference/vendors/index.md#categories."""
    given = push(oppo={"category": category, "notify_level": level})
    if level > 1 and category in OPERATIONAL:
        with pytest.raises(PayloadRejected, match="notify_level"):
            rendered("oppo", given)
    else:
        assert rendered("oppo", given)["notify_level"] == level  # type: ignore[index]  # JSON


@pytest.mark.parametrize("category", SERVICE)
def test_oppo_shows_messages_of_communication_and_service_for_a_day(category: str) -> None:
    """See docs/reference/vendors/oppo.md#options."""
    assert rendered("oppo", push(oppo={"category": category, "show_ttl": 86_400}))["show_ttl"] == 86_400  # type: ignore[index]  # JSON


@pytest.mark.parametrize(
    ("usual", "category", "level"),
    [(2, Category.ORDER, 2), (2, Category.MARKETING, None), (1, Category.MARKETING, 1), (2, None, None)],
)
def test_the_level_of_oppos_section_goes_with_the_classes_that_have_it(
    usual: int, category: Category | None, level: int | None
) -> None:
    written = {"app_key": "k", "master_secret": "s", "notify_level": usual}
    settings = OppoSettings.model_validate(written)
    made = oppo.render(push(options=Options(category=category)), settings, NOW)
    assert made.get("notify_level") == level


def test_a_class_that_huawei_has_approved_for_the_app_is_taken_and_set() -> None:
    """Take what an operator configures. See docs/reference/vendors/huawei.md#options."""
    written = {"app_id": "1", "app_secret": "s", "categories": {"order": "SHOPPING"}}
    settings = HuaweiSettings.model_validate(written)
    for given in (push(options=Options(category=Category.ORDER)), push(huawei={"category": "SHOPPING"})):
        assert b'"category":"SHOPPING"' in huawei.render(given, settings, NOW)[0]
    other = push(options=Options(category=Category.ACCOUNT))
    assert b'"category":"ACCOUNT"' in huawei.render(other, settings, NOW)[0]
    with pytest.raises(PayloadRejected, match=r"huawei\.categories"):
        rendered("huawei", push(huawei={"category": "SHOPPING"}))


def test_the_class_that_harmonyos_messages_have_by_default_is_taken() -> None:
    written = {"service_account_file": "a.json", "category": "SHOPPING"}
    settings = HarmonySettings.model_validate(written)
    for given in (push(), push(harmony={"category": "SHOPPING"})):
        assert b'"category":"SHOPPING"' in harmony.render(given, settings, NOW)[1]


@pytest.mark.parametrize("name", ["im", "", "PLAY_VOICE", "A" * 65])
def test_a_class_in_the_settings_that_no_message_could_have_is_told_by_the_settings(name: str) -> None:
    huaweis = {"app_id": "1", "app_secret": "s", "categories": {"order": name}}
    harmonys = {"service_account_file": "a.json", "categories": {"order": name}}
    for model, written in ((HuaweiSettings, huaweis), (HarmonySettings, harmonys)):
        with pytest.raises(ValidationError, match=r"categories\.order"):
            model.model_validate(written)


def test_a_channel_of_xiaomi_in_the_settings_has_a_name() -> None:
    with pytest.raises(ValidationError, match=r"channels\.order"):
        XiaomiSettings.model_validate({"package": "p", "app_secret": "s", "channels": {"order": ""}})


def test_a_silent_push_to_huawei_has_no_class_of_what_is_shown() -> None:
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
def test_xiaomis_class_is_the_channel_that_the_app_has_for_the_category(
    category: Category | None, more: Mapping[str, object], channel: str
) -> None:
    written = {"package": "p", "app_secret": "s", "channel_id": "usual", "channels": {"order": "orders"}}
    settings = XiaomiSettings.model_validate(written)
    given = push(Content("t", "b"), Options(category=category, vendors={"xiaomi": more}))
    assert f"extra.channel_id={channel}&".encode() in xiaomi.render(given, settings, NOW)


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return Credentials(tmp_path_factory.mktemp("credentials"), "https://sandbox:1")


def opened(credentials: Credentials, vendor: str, **section: object) -> Adapter:
    known = vendors()[vendor]
    settings = known.settings.model_validate({**app_sections(credentials)[vendor], **section})
    return known.open(settings, AdapterContext("shop", SystemClock(), NoCredentialStore()))


CHANNELS = {"order": "orders"}


@pytest.mark.parametrize(
    ("vendor", "section", "options", "told"),
    [
        ("huawei", {}, Options(), "marketing"),
        ("huawei", {}, Options(category=Category.ORDER), ""),
        ("huawei", {}, Options(vendors={"huawei": {"category": "IM"}}), ""),
        ("huawei", {}, Options(vendors={"huawei": {"importance": "NORMAL"}}), "marketing"),
        ("huawei", {}, Options(silent=True), ""),
        ("harmony", {}, Options(), "marketing"),
        ("harmony", {"category": "WORK"}, Options(), ""),
        ("harmony", {}, Options(vendors={"harmony": {"push_type": "background"}}), ""),
        ("honor", {}, Options(), "marketing"),
        ("honor", {}, Options(vendors={"honor": {"importance": "LOW"}}), ""),
        ("honor", {}, Options(silent=True), ""),
        ("oppo", {}, Options(), "marketing"),
        ("oppo", {"category": "NEWS"}, Options(), "marketing"),
        ("oppo", {"category": "IM"}, Options(), ""),
        ("vivo", {}, Options(), "marketing"),
        ("vivo", {"category": "ORDER"}, Options(), ""),
        ("vivo", {}, Options(vendors={"vivo": {"category": "NEWS"}}), ""),
        ("meizu", {}, Options(), "marketing"),
        ("meizu", {"private": True}, Options(), ""),
        ("xiaomi", {}, Options(), ""),
        ("xiaomi", {"channel_id": None}, Options(), "xiaomi.channel_id"),
        ("xiaomi", {"channel_id": None, "channels": CHANNELS}, Options(category=Category.ORDER), ""),
        ("xiaomi", {"channels": CHANNELS}, Options(category=Category.ORDER), ""),
        ("xiaomi", {"channels": CHANNELS}, Options(category=Category.NEWS), "xiaomi.channels"),
        ("xiaomi", {"channel_id": None, "region": "india"}, Options(), ""),
        (
            "xiaomi",
            {"channels": CHANNELS},
            Options(category=Category.NEWS, vendors={"xiaomi": {"channel_id": "own"}}),
            "",
        ),
    ],
)
def test_a_push_that_becomes_marketing_or_whose_category_has_no_effect_is_warned_of(
    vendor: str, section: Mapping[str, object], options: Options, told: str, credentials: Credentials
) -> None:
    found = warnings(vendor, opened(credentials, vendor, **section), push(Content("t", "b"), options))
    assert [fault.field for fault in found] == (["options.category"] if told else [])
    assert all(told in fault.message for fault in found)


PICTURE = Content("t", "b", "https://example.com/a.png")


@pytest.mark.parametrize(
    ("vendor", "section", "silent", "warned"),
    [
        ("apns", {}, False, False),
        ("fcm", {}, False, False),
        ("huawei", {}, False, False),
        ("harmony", {}, False, False),
        ("honor", {}, False, False),
        ("webpush", {}, False, False),
        ("xiaomi", {}, False, True),
        ("xiaomi", {"region": "india"}, True, False),
        ("oppo", {}, False, True),
        ("vivo", {}, False, True),
        ("vivo", {"category": "ORDER"}, False, True),
        ("meizu", {}, False, True),
        ("meizu", {"vip": True}, False, False),
    ],
)
def test_a_picture_is_warned_of_where_the_vendor_shows_none(
    vendor: str, section: Mapping[str, object], silent: bool, warned: bool, credentials: Credentials
) -> None:
    """See docs/reference/vendors/index.md#features."""
    given = push(PICTURE, Options(category=Category.ORDER, silent=silent))
    found = warnings(vendor, opened(credentials, vendor, **section), given)
    assert [fault.field for fault in found] == (["content.image"] if warned else [])


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        (Options(), ["options.category", "content.image"]),
        (Options(category=Category.NEWS), ["content.image"]),
        (Options(category=Category.ORDER), []),
        (Options(vendors={"honor": {"importance": "NORMAL"}}), []),
    ],
)
def test_a_picture_that_honor_does_not_show_is_warned_of(
    options: Options, fields: list[str], credentials: Credentials
) -> None:
    """See docs/reference/vendors/honor.md#options."""
    given = push(PICTURE, options)
    assert [fault.field for fault in warnings("honor", opened(credentials, "honor"), given)] == fields


@pytest.mark.parametrize(
    ("vendor", "badge", "more", "told"),
    [
        ("apns", 3, {}, None),
        ("apns", None, {"push_type": "background"}, None),
        ("apns", 3, {"push_type": "background"}, "type background"),
        ("apns", 0, {"push_type": "location"}, "type location"),
        ("fcm", 3, {}, None),
        ("fcm", 0, {}, "cannot clear"),
        ("webpush", 0, {}, None),
        ("oppo", 3, {"category": "IM"}, None),
    ],
)
def test_badge_that_a_push_does_not_carry_is_warned_of(
    vendor: str, badge: int | None, more: dict[str, object], told: str | None, credentials: Credentials
) -> None:
    given = push(Content("t", "b"), Options(badge=badge, vendors={vendor: more}))
    found = [
        fault for fault in warnings(vendor, opened(credentials, vendor), given) if "badge" in fault.field
    ]
    assert [told in fault.message for fault in found if told] == ([True] if told else [])
    assert len(found) == (1 if told else 0)
