"""Warnings of what a push has without effect."""

from collections.abc import Mapping

import pytest
from tests.support.adapters.opened import OpenedAdapters
from tests.support.adapters.samples import push

from pushgate.adapters.preparation import warnings
from pushgate.domain.message import Category, Content, Options


@pytest.fixture(scope="module")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> OpenedAdapters:
    return OpenedAdapters(tmp_path_factory.mktemp("credentials"))


CHANNELS = {"order": "orders"}


@pytest.mark.parametrize(
    ("vendor", "section", "options", "warning"),
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
def test_a_push_without_a_class_or_an_effective_category_is_warned_of(
    vendor: str, section: Mapping[str, object], options: Options, warning: str, adapters: OpenedAdapters
) -> None:
    found = warnings(vendor, adapters.open(vendor, section), push(Content("t", "b"), options))
    assert [fault.field for fault in found] == (["options.category"] if warning else [])
    assert all(warning in fault.message for fault in found)


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
def test_a_picture_that_the_vendor_does_not_show_is_warned_of(
    vendor: str, section: Mapping[str, object], silent: bool, warned: bool, adapters: OpenedAdapters
) -> None:
    """See docs/reference/vendors/index.md#features."""
    given = push(PICTURE, Options(category=Category.ORDER, silent=silent))
    found = warnings(vendor, adapters.open(vendor, section), given)
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
    options: Options, fields: list[str], adapters: OpenedAdapters
) -> None:
    """See docs/reference/vendors/honor.md#options."""
    given = push(PICTURE, options)
    assert [fault.field for fault in warnings("honor", adapters.open("honor", {}), given)] == fields


@pytest.mark.parametrize(
    ("vendor", "badge", "extra_options", "warning"),
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
def test_a_badge_without_effect_is_warned_of(
    vendor: str,
    badge: int | None,
    extra_options: dict[str, object],
    warning: str | None,
    adapters: OpenedAdapters,
) -> None:
    given = push(Content("t", "b"), Options(badge=badge, vendors={vendor: extra_options}))
    found = [fault for fault in warnings(vendor, adapters.open(vendor, {}), given) if "badge" in fault.field]
    assert [warning in fault.message for fault in found if warning] == ([True] if warning else [])
    assert len(found) == (1 if warning else 0)
