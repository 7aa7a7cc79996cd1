"""Texts are counted as each vendor counts them, and cut to its limits."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

import pytest
from tests.support.adapters.quick_checks import NOTHING_SURE
from tests.support.adapters.rendering import rendered
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.contract import PreparedPush, Push, QuickCheck
from pushgate.adapters.preparation import prepare
from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.truncation import ELLIPSIS
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content, Options, TooLong

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
"""One grapheme of five characters."""


ACCENTED = "e\u0301"
"""One grapheme of two."""


EMOJI = "\U0001f600"


@dataclass
class Renderer:
    """An adapter that does nothing but render."""

    vendor: str
    taken: Content = field(default_factory=lambda: Content("", ""))
    receipt_parser: ReceiptParser | None = None
    supports_dry_run: bool = False
    quick_check: QuickCheck = NOTHING_SURE

    def prepare(self, push: Push, now: datetime) -> PreparedPush:
        rendered(self.vendor, push)
        self.taken = push.content
        return cast("PreparedPush", None)  # not looked at

    async def check(self) -> bool:
        return True

    async def close(self) -> None: ...


def content(name: str, text: str) -> Content:
    return Content(text, "b") if name == "title" else Content("t", text)


def taken(vendor: str, given: Content) -> Content:
    """What is left of it where it may be cut."""
    renderer = Renderer(vendor)
    prepare(renderer, push(given, Options(ttl=timedelta(hours=1), on_too_long=TooLong.TRUNCATE)), NOW)
    return renderer.taken


@pytest.mark.parametrize(
    ("vendor", "name", "grapheme", "maximum", "remaining"),
    [
        # docs/reference/vendors/xiaomi.md#limits: fewer than 50 and 128 characters
        ("xiaomi", "title", "a", 49, 48),
        ("xiaomi", "title", "中", 49, 48),
        ("xiaomi", "title", EMOJI, 49, 48),
        ("xiaomi", "title", FAMILY, 9, 9),
        ("xiaomi", "body", "中", 127, 126),
        ("xiaomi", "body", ACCENTED, 63, 63),
        # docs/reference/vendors/oppo.md#limits: 50 and 128, every character counts 1
        ("oppo", "title", "a", 50, 49),
        ("oppo", "title", "中", 50, 49),
        ("oppo", "title", EMOJI, 50, 49),
        ("oppo", "title", FAMILY, 10, 9),
        ("oppo", "body", "中", 128, 127),
        # docs/reference/vendors/vivo.md#limits: a width of 40 and 100, where a Chinese character
        # counts 2
        ("vivo", "title", "a", 40, 38),
        ("vivo", "title", "中", 20, 19),
        ("vivo", "title", EMOJI, 40, 38),
        ("vivo", "title", FAMILY, 8, 7),
        ("vivo", "title", ACCENTED, 20, 19),
        ("vivo", "title", "\u201c", 20, 19),
        ("vivo", "title", "ж", 40, 38),
        ("vivo", "title", "한", 20, 19),
        ("vivo", "title", "\uff21", 20, 19),  # a wide A
        ("vivo", "title", "\uff71", 40, 38),  # a narrow Katakana
        ("vivo", "body", "a", 100, 98),
        ("vivo", "body", "中", 50, 49),
        ("vivo", "body", EMOJI, 100, 98),
        # docs/reference/vendors/meizu.md#limits: 32 and 100 characters
        ("meizu", "title", "a", 32, 31),
        ("meizu", "title", "中", 32, 31),
        ("meizu", "title", EMOJI, 32, 31),
        ("meizu", "title", FAMILY, 6, 6),
        ("meizu", "body", "中", 100, 99),
    ],
)
def test_texts_are_counted_and_cut_as_the_vendor_counts(
    vendor: str, name: str, grapheme: str, maximum: int, remaining: int
) -> None:
    rendered(vendor, push(content(name, grapheme * maximum)))
    with pytest.raises(PayloadRejected) as caught:
        rendered(vendor, push(content(name, grapheme * (maximum + 1))))
    assert (caught.value.code, caught.value.field) == ("too_long", f"content.{name}")
    assert taken(vendor, content(name, grapheme * maximum)) == content(name, grapheme * maximum)
    for longer in (maximum + 1, maximum + 2, maximum * 3):
        assert taken(vendor, content(name, grapheme * longer)) == content(
            name, grapheme * remaining + ELLIPSIS
        )


@pytest.mark.parametrize("vendor", ["huawei", "harmony", "honor"])
@pytest.mark.parametrize("grapheme", ["a", "中", EMOJI, FAMILY])
def test_the_body_is_cut_to_the_size_of_the_payload(vendor: str, grapheme: str) -> None:
    """4,096 bytes without the tokens. See docs/reference/vendors/huawei.md#limits,
    docs/reference/vendors/harmony.md#limits, docs/reference/vendors/honor.md#limits.
    """
    found = rendered(vendor, push(taken(vendor, Content("t", grapheme * 4096))))
    body = cast("dict[str, dict[str, object]]", found)
    sent = body.get("body", body)
    without = json.dumps(sent, ensure_ascii=False, separators=(",", ":")).replace('"T1","T2"', "")
    assert 4096 - len(grapheme.encode()) - 3 <= len(without.encode()) <= 4096


@pytest.mark.parametrize(
    ("vendor", "bytes_each"),
    [("oppo", 1), ("vivo", 1), ("xiaomi", 3), ("meizu", 3), ("huawei", 3), ("harmony", 3), ("honor", 3)],
)
def test_data_is_counted_in_characters_or_in_bytes(vendor: str, bytes_each: int) -> None:
    def maximum(character: str) -> int:
        low, high = 0, 5000
        while high - low > 1:
            middle = (low + high) // 2
            try:
                rendered(vendor, push(Content("t", "b", None, {"k": character * middle})))
                low = middle
            except PayloadRejected:
                high = middle
        return low

    assert maximum("中") == maximum("x") // bytes_each


@pytest.mark.parametrize(
    ("vendor", "link", "field"),
    [
        ("vivo", "https://example.com/" + "x" * 981, "content.url"),
        ("vivo", "shop://" + "x" * 1000, "content.url"),
        ("oppo", "https://example.com/" + "x" * 1981, "content.url"),
        ("oppo", "shop://" + "x" * 1994, "content.url"),
    ],
)
def test_a_click_target_has_a_limit(vendor: str, link: str, field: str) -> None:
    """See docs/reference/vendors/oppo.md#limits, docs/reference/vendors/vivo.md#limits."""
    with pytest.raises(PayloadRejected) as caught:
        rendered(vendor, push(Content("t", "b", None, {}, link)))
    assert (caught.value.code, caught.value.field) == ("too_long", field)
