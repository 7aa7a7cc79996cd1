"""What a page carries beside its message: one message of a page that is sent twice."""

from pushgate.console.composing.desk import Desk
from pushgate.console.composing.documents import Document

SALE: Document = {"content": {"en": {"title": "Sale"}}, "audience": {"all": True}}
LATER: Document = {**SALE, "push_time": "2026-11-30T20:00:00+08:00"}
OTHER: Document = {**SALE, "content": {"en": {"title": "Sales"}}}


def test_one_page_sends_one_document_once_and_a_changed_one_anew() -> None:
    desk = Desk(key="k")
    assert desk.idempotency_key(SALE) == desk.idempotency_key(dict(SALE))
    assert desk.idempotency_key(SALE) != desk.idempotency_key(LATER)
    assert desk.idempotency_key(SALE) != Desk(key="l").idempotency_key(SALE)


def test_content_that_changed_since_a_test_was_not_tested() -> None:
    desk = Desk(key="k").tested_with(SALE, ["Anna's phone", "Pixel"])
    assert desk.was_tested(LATER)
    assert not desk.was_tested(OTHER)
    assert (desk.tested_on, desk.tried) == ("Anna's phone, Pixel", 1)


def test_hidden_fields_come_back_and_wrong_ones_do_no_harm() -> None:
    desk = Desk(key="k", tab=1, draft_id="d", revision="3", tested="t", tested_on="Pixel", tried=2)
    fields = {
        "key": "k", "tab": "1", "draft": "d", "revision": "3", "tested": "t", "tested_on": "Pixel",
        "tried": "2",
    }  # fmt: skip
    assert Desk.read(fields) == desk
    assert Desk.read({"tab": "x", "tried": "-1"}).tab == 0
    assert len(Desk.read({}).key) == 24
