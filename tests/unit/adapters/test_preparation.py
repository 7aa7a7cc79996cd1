"""Pushes are prepared for a vendor: cut where the caller wants that, and not sent in a dry run."""

import orjson
import pytest
from tests.support.adapters.quick_checks import NOTHING_SURE
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.contract import PreparedPush, Push
from pushgate.adapters.preparation import prepare
from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.text_limits import require_length, require_size
from pushgate.adapters.truncation import ELLIPSIS
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content, Options, TooLong
from pushgate.domain.outcome import FailureCode

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
"""One grapheme of five characters."""


class Vendor:
    """Takes titles of 10 characters, and 200 bytes of JSON in all."""

    receipt_parser: ReceiptParser | None = None
    supports_dry_run = False
    quick_check = NOTHING_SURE

    def __init__(self) -> None:
        self.taken = Content("", "")

    def prepare(self, push: Push, now: object) -> PreparedPush:
        require_length(push.content.title, 10, "content.title")
        require_length(push.content.body, 100, "content.body")
        require_size(orjson.dumps({"t": push.content.title, "b": push.content.body}), 200, "the message")
        self.taken = push.content
        return None  # type: ignore[return-value]  # not looked at

    async def check(self) -> bool:
        return True

    async def close(self) -> None: ...


def cutting(title: str, body: str = "b") -> Push:
    return push(Content(title, body), Options(on_too_long=TooLong.TRUNCATE))


def test_a_title_is_cut_to_the_limit_and_the_body_left_alone() -> None:
    vendor = Vendor()
    prepare(vendor, cutting("A title that is long", "body"), NOW)
    assert vendor.taken == Content("A title t" + ELLIPSIS, "body")
    prepare(vendor, cutting("Ten chars!"), NOW)
    assert vendor.taken.title == "Ten chars!"


def test_no_grapheme_is_cut_in_two() -> None:
    vendor = Vendor()
    prepare(vendor, cutting(FAMILY * 3), NOW)
    assert vendor.taken.title == FAMILY + ELLIPSIS


def test_a_body_is_cut_until_the_whole_fits() -> None:
    vendor = Vendor()
    prepare(vendor, cutting("t", "\u4e2d" * 90), NOW)
    size = len(orjson.dumps({"t": vendor.taken.title, "b": vendor.taken.body}))
    assert 195 <= size <= 200
    assert vendor.taken.body.endswith("\u4e2d" + ELLIPSIS)


@pytest.mark.parametrize(
    ("title", "body", "kept_title", "kept_body"),
    [
        ("t" * 150, "b" * 90, None, None),
        ("t" * 190, "b", None, "b"),
        ("t" * 190, "bb", None, "bb"),
        ("t" * 190, "b" * 50, None, ELLIPSIS),
        ("\u4e2d" * 70, "\u4e2d" * 30, None, ELLIPSIS),
        (FAMILY * 12, "b", None, "b"),
        ("t" * 180, "b", "t" * 180, "b"),
    ],
)
def test_a_title_is_cut_after_the_body(
    title: str, body: str, kept_title: str | None, kept_body: str | None
) -> None:
    """Of a vendor that counts bytes alone."""
    taken: list[Content] = []

    class Counting(Vendor):
        def prepare(self, push: Push, now: object) -> PreparedPush:
            require_size(orjson.dumps({"t": push.content.title, "b": push.content.body}), 200, "the message")
            taken.append(push.content)
            return None  # type: ignore[return-value]  # not looked at

    prepare(Counting(), cutting(title, body), NOW)
    found = taken[-1]
    size = len(orjson.dumps({"t": found.title, "b": found.body}))
    assert size <= 200
    if kept_title is None and kept_body is None:
        assert found.title == title, "the body is cut first"
        assert found.body.startswith("b")
        assert size > 195
        return
    assert found.body == kept_body
    if kept_title is None:
        assert found.title.endswith(ELLIPSIS)
        assert size > 200 - len(FAMILY.encode()) - 3, "no more is cut than has to be"
    else:
        assert found.title == kept_title


def test_nothing_is_cut_by_default() -> None:
    for chosen in (TooLong.REJECT, TooLong.REFUSE):
        with pytest.raises(PayloadRejected):
            prepare(Vendor(), push(Content("A title that is long", "b"), Options(on_too_long=chosen)), NOW)


def test_content_that_cannot_be_cut_enough_is_refused() -> None:
    class Blank(Vendor):
        def prepare(self, push: Push, now: object) -> PreparedPush:
            raise PayloadRejected(FailureCode.BLANK, "content.title", "must not be blank")

    with pytest.raises(PayloadRejected, match="blank"):
        prepare(Blank(), cutting("x"), NOW)
    with pytest.raises(PayloadRejected):
        prepare(
            Vendor(), cutting("e\u0301" * 1 + "\u0301" * 20), NOW
        )  # one grapheme that is longer than the limit


async def test_a_dry_run_is_not_sent_where_the_vendor_has_none() -> None:
    vendor = Vendor()
    given_push = push(Content("t", "b"), Options(dry_run=True))
    results = [item async for item in prepare(vendor, given_push, NOW).send([b"a", b"b"], lambda: True)]
    assert [(list(indexes), verdict.code) for indexes, verdict in results] == [([0, 1], "dry_run")]
    assert vendor.taken == given_push.content, "it was checked"
