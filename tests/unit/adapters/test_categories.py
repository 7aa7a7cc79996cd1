"""`options.category` sets each vendor's class of message.

Source: docs/reference/vendors/index.md#categories
"""

from collections.abc import Mapping

import orjson
import pytest
from tests.support.adapters.samples import push

from pushgate.adapters.message_classes import MessageClasses
from pushgate.adapters.push_warnings import missing_class_warnings
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor_options import VendorOptions, parse_options
from pushgate.domain.message import Category, Content, Options

CLASSES: MessageClasses = {
    category: {"kind": category.name, "level": int(category is not Category.MARKETING)}
    for category in Category
}
CONTENT = Content("Sale", "Today only")


class Sample(VendorOptions):
    """Options of a vendor whose class of message takes two of them."""

    kind: str | None = None
    level: int | None = None
    other: str | None = None


@pytest.mark.parametrize(
    ("category", "written", "kind", "level"),
    [
        (None, {}, None, None),
        (Category.ORDER, {}, "ORDER", 1),
        (Category.MARKETING, {"other": "x"}, "MARKETING", 0),
        (Category.ORDER, {"kind": None}, "ORDER", 1),
        (Category.ORDER, {"kind": "IM"}, "IM", None),
        (Category.ORDER, {"level": 0}, None, 0),
        (None, {"kind": "IM"}, "IM", None),
    ],
)
def test_the_category_sets_the_class_unless_an_option_does(
    category: Category | None, written: Mapping[str, object], kind: str | None, level: int | None
) -> None:
    given = push(CONTENT, Options(category=category, vendors={"sample": written}))
    read = parse_options(given, "sample", Sample, CLASSES)
    assert (read.kind, read.level) == (kind, level)
    assert read.other == written.get("other")


@pytest.mark.parametrize(
    ("category", "written", "warned"),
    [
        (None, {}, True),
        (None, {"other": "x"}, True),
        (None, {"level": 0}, False),
        (Category.NEWS, {}, False),
    ],
)
def test_a_push_without_a_class_is_warned_of(
    category: Category | None, written: Mapping[str, object], warned: bool
) -> None:
    found = missing_class_warnings(
        push(CONTENT, Options(category=category, vendors={"sample": written})), "sample", CLASSES
    )
    assert [fault.field for fault in found] == (["options.category"] if warned else [])


@pytest.mark.parametrize("name", [name for name, vendor in vendors().items() if vendor.message_classes])
def test_every_table_of_classes_has_every_category(name: str) -> None:
    vendor = vendors()[name]
    assert set(vendor.message_classes) == set(Category)
    for options in vendor.message_classes.values():
        vendor.options.model_validate_json(orjson.dumps(dict(options)))
