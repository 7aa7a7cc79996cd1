"""A vendor's quick check may say no of any push, and yes only of one that it carries whole."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import event, example, given, settings
from msgspec import structs
from tests.support.adapters.opened import OpenedAdapters
from tests.support.adapters.quick_pushes import pushes
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.contract import Adapter, Push
from pushgate.adapters.preparation import warnings
from pushgate.adapters.quick_check import measure
from pushgate.adapters.registry import vendors
from pushgate.adapters.text_width import width
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Category, Content, Options, Priority

LONG_CLASS = "X" * 64
CHANNELS = {"channels": dict.fromkeys(Category, "c")}
SECTIONS: Mapping[str, Mapping[str, object]] = {
    **{name: {} for name in vendors()},
    "huawei with classes": {"categories": dict.fromkeys(Category, LONG_CLASS)},
    "harmony with classes": {"categories": dict.fromkeys(Category, LONG_CLASS), "category": LONG_CLASS},
    "honor of small bodies": {"max_body": 1024},
    "honor of large bodies": {"max_body": 8192},
    "meizu of small messages": {"max_message": 1024, "private": True},
    "meizu for VIPs": {"vip": True},
    "oppo with a class": {"category": "IM", "notify_level": 16},
    "oppo of marketing": {"category": "NEWS", "notify_level": 1},
    "vivo with a class": {"category": "ORDER", "max_title_width": 100, "receipt_id": "r"},
    "vivo of short texts": {"max_title_width": 10, "max_content_width": 20},
    "xiaomi without channels": {"channel_id": None},
    "xiaomi with channels": {"channel_id": None, "channels": {Category.ORDER: "c"}, "max_payload": 1024},
    "xiaomi abroad": {"channel_id": None, "region": "india"},
}
"""The settings that the rules of vendors depend on, by a name that begins with the vendor's."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Adapter]:
    adapters = OpenedAdapters(tmp_path_factory.mktemp("credentials"))
    return {
        name: adapters.open(name.split()[0], section, longest_receipt_url(name.split()[0]))
        for name, section in SECTIONS.items()
    }


def longest_receipt_url(vendor: str) -> str | None:
    return (
        "https://".ljust(vendors()[vendor].max_receipt_url, "r")
        if vendors()[vendor].max_receipt_url
        else None
    )


def is_carried(adapter: Adapter, given_push: Push) -> bool:
    try:
        adapter.prepare(given_push, NOW)
    except PayloadRejected:
        return False
    return True


@pytest.mark.parametrize("name", SECTIONS)
@settings(max_examples=60)
@given(given_push=pushes())
def test_what_is_sure_is_so(name: str, given_push: Push, opened: Mapping[str, Adapter]) -> None:
    adapter = opened[name]
    sure = adapter.quick_check.surely_carries(given_push, measure(given_push))
    carried = is_carried(adapter, given_push)
    assert carried or not sure, "a push that is taken as it is was not cut either"
    event(f"sure {sure}, carried {carried}")
    if carried and adapter.quick_check.surely_unwarned(given_push):
        assert list(warnings(name.split(maxsplit=1)[0], adapter, given_push)) == []


@given(given_push=pushes())
@example(given_push=push(Content("\u2014" * 9, "a\u4e2d\U0001f600\u00e9")))
def test_a_width_is_never_underestimated(given_push: Push) -> None:
    size, content = measure(given_push), given_push.content
    assert size.title_width >= width(content.title)
    assert size.body_width >= width(content.body)
    assert (
        measure(
            structs.replace(given_push, content=structs.replace(content, title="ab", body="中文"))
        ).body_width
        == 4
    )


FILLERS = ["x", "中", "\U0001f600", '"', "\\", "\n", "\x01"]


@pytest.mark.parametrize("filler", FILLERS)
@pytest.mark.parametrize("place", ["title", "body", "data", "key", "url", "image"])
@pytest.mark.parametrize("name", SECTIONS)
def test_the_largest_push_that_is_sure_is_carried(
    name: str, place: str, filler: str, opened: Mapping[str, Adapter]
) -> None:
    """With everything else as long as it may be."""
    adapter = opened[name]
    options = Options(
        ttl=timedelta(days=28),
        priority=Priority.HIGH,
        collapse_key=filler * 64,
        badge=99_999,
        category=Category.MESSAGE,
        dry_run=True,
    )
    for to_topic in (False, True):
        low, high = 0, 9000
        while low < high:
            middle = (low + high + 1) // 2
            filled = structs.replace(push(content_of(place, filler * middle), options), to_topic=to_topic)
            if adapter.quick_check.surely_carries(filled, measure(filled)):
                low = middle
            else:
                high = middle - 1
        adapter.prepare(
            structs.replace(push(content_of(place, filler * low), options), to_topic=to_topic), NOW
        )


def content_of(place: str, text: str) -> Content:
    url = f"shop://{text}" if place == "url" else "shop://sale"
    image = f"https://{text}" if place == "image" else "https://cdn.example/a"
    body = f"b{text}" if place == "body" else "b"
    title = f"t{text}" if place == "title" else "t"
    return Content(title, body, image, {f"k{text}": "v"} if place == "key" else {"k": text}, url)


ORDER = Options(ttl=timedelta(hours=1), category=Category.ORDER)
CODE = Content("订单已发货", "您的订单 1234 已发货,点击查看物流信息。")
PARCEL = Content("Order 1234 has left", "Your parcel is on its way: it comes on Tuesday.")
EVERYDAY: Mapping[str, Push] = {
    "a title and a body": push(PARCEL, ORDER),
    "Chinese": push(CODE, ORDER),
    "data": push(structs.replace(PARCEL, data={"order": "1234", "page": "order", "kind": "parcel"}), ORDER),
    "a web page": push(structs.replace(PARCEL, url="https://shop.example.com/orders/1234?from=push"), ORDER),
    "a page of the app": push(structs.replace(PARCEL, url="shop://orders/1234"), ORDER),
    "a collapse key": push(PARCEL, replace(ORDER, collapse_key="order-1234")),
    "urgent": push(PARCEL, replace(ORDER, priority=Priority.HIGH)),
    "now or never": push(PARCEL, replace(ORDER, ttl=timedelta(0))),
    "four weeks": push(PARCEL, replace(ORDER, ttl=timedelta(days=28))),
    "a dry run": push(PARCEL, replace(ORDER, dry_run=True)),
    **{category.value: push(PARCEL, replace(ORDER, category=category)) for category in Category},
}
"""Pushes as backends send them all day."""
PICTURED = push(structs.replace(PARCEL, image="https://cdn.example.com/parcels/1234.png"), ORDER)
SHOWS_PICTURES = {"apns", "fcm", "harmony", "honor", "huawei", "webpush"}
SETS_BADGES = {"apns", "fcm", "harmony", "honor", "huawei", "oppo", "webpush"}


@pytest.fixture(scope="module")
def everyday(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Adapter]:
    """The adapters of an app with a channel for each category."""
    adapters = OpenedAdapters(tmp_path_factory.mktemp("credentials"))
    return {name: adapters.open(name, CHANNELS if name == "xiaomi" else {}) for name in vendors()}


def is_sure(adapter: Adapter, given_push: Push) -> bool:
    quick = adapter.quick_check
    return quick.surely_carries(given_push, measure(given_push)) and quick.surely_unwarned(given_push)


@pytest.mark.parametrize("what", EVERYDAY)
@pytest.mark.parametrize("vendor", vendors())
def test_an_everyday_push_is_sure(vendor: str, what: str, everyday: Mapping[str, Adapter]) -> None:
    assert is_sure(everyday[vendor], EVERYDAY[what])


@pytest.mark.parametrize("vendor", vendors())
def test_pictures_and_badges_are_sure_where_the_vendor_shows_them(
    vendor: str, everyday: Mapping[str, Adapter]
) -> None:
    assert is_sure(everyday[vendor], PICTURED) == (vendor in SHOWS_PICTURES)
    badged = push(PARCEL, replace(ORDER, badge=3))
    assert is_sure(everyday[vendor], badged) == (vendor in SETS_BADGES)


@pytest.mark.parametrize("vendor", vendors())
def test_a_push_without_a_category_is_surely_carried(vendor: str, everyday: Mapping[str, Adapter]) -> None:
    """Its warning is no reason to render it."""
    bare = push(PARCEL, Options(ttl=timedelta(hours=1)))
    assert everyday[vendor].quick_check.surely_carries(bare, measure(bare))


@pytest.mark.parametrize("vendor", vendors())
def test_options_of_one_vendor_leave_the_others_sure(vendor: str, everyday: Mapping[str, Adapter]) -> None:
    given_push = push(PARCEL, replace(ORDER, vendors={"apns": {"sound": "ding.caf"}}))
    assert is_sure(everyday[vendor], given_push) == (vendor != "apns")


@pytest.mark.parametrize("vendor", vendors())
def test_a_silent_push_is_rendered(vendor: str, everyday: Mapping[str, Adapter]) -> None:
    assert not is_sure(everyday[vendor], push(PARCEL, replace(ORDER, silent=True)))


@pytest.mark.parametrize("vendor", [name for name in vendors() if vendors()[name].limits.max_bytes])
def test_a_push_of_three_quarters_of_the_limit_is_sure(vendor: str, everyday: Mapping[str, Adapter]) -> None:
    size = (vendors()[vendor].limits.max_bytes or 0) * 3 // 4 - 300
    assert is_sure(everyday[vendor], push(structs.replace(PARCEL, data={"k": "x" * size}), ORDER))
