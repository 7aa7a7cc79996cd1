"""Another text beside the message's own, as the form and as the body of a message."""

from typing import Any, cast

import pytest

from pushgate.console.composing.documents import read_document, write_document
from pushgate.console.composing.message_form import ContentForm, MessageForm, VariantsForm
from pushgate.console.composing.posted_fields import read_fields

CONTENTS = {
    "en": ContentForm(title="Sale", body="Today only", url="shop://sale"),
    "zh": ContentForm(title="特卖", body="今天", url="shop://sale"),
}
TEXTS = {"en": ("Seen our sale?", "It ends today"), "zh": ("看了吗", "今天结束")}


def form(**variants: Any) -> MessageForm:
    return MessageForm(contents=CONTENTS, fallback="en", variants=VariantsForm(**variants))


def variants_of(document: dict[str, object]) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", document["variants"])


def read(document: dict[str, object]) -> MessageForm:
    return read_document(document, zone="UTC", language="en")


def test_another_text_makes_two_variants_with_the_same_link() -> None:
    document = write_document(form(texts=TEXTS, share="20", holdout="10", by_user=True))
    assert "content" not in document
    assert (document["holdout"], document["unit"]) == (10, "user")
    own, other = variants_of(document)
    assert (own["name"], own["share"], other["name"], other["share"]) == ("a", 80, "b", 20)
    assert own["content"]["en"] == {"title": "Sale", "body": "Today only", "url": "shop://sale"}
    assert other["content"]["zh"] == {"title": "看了吗", "body": "今天结束", "url": "shop://sale"}


@pytest.mark.parametrize(
    "variants",
    [
        {},
        {"texts": TEXTS, "share": "20"},
        {"texts": TEXTS, "share": "5", "winner_after": "2h"},
        {"texts": TEXTS, "share": "2.5", "holdout": "10", "by_user": True},
    ],
)
def test_what_is_written_is_read_back(variants: dict[str, Any]) -> None:
    found = read(write_document(form(**variants)))
    assert found.variants == VariantsForm(**variants)
    assert found.contents == CONTENTS


def test_three_variants_stay_json() -> None:
    three = [
        {"name": name, "share": 30, "content": {"en": {"title": name, "body": "b"}}}
        for name in ("x", "y", "z")
    ]
    found = read({"variants": three, "holdout": 5, "audience": {"all": True}})
    assert found.contents["en"].title == "x"
    again = write_document(found)
    assert (again["variants"], again["holdout"]) == (three, 5)
    assert "content" not in again


def test_shares_that_differ_stay_json_where_a_rest_waits() -> None:
    contents = {"en": {"title": "Sale", "body": "Today"}}
    variants = [{"name": name, "share": share, "content": contents} for name, share in (("a", 5), ("b", 10))]
    found = read({"variants": variants, "winner": {"after": "2h"}, "audience": {"all": True}})
    again = write_document(found)
    assert (again["variants"], again["winner"]) == (variants, {"after": "2h"})


def test_a_draft_without_variants_may_have_a_winner() -> None:
    found = read({"variants": [], "winner": {"after": "2h"}, "audience": {"all": True}})
    assert (found.variants.json, found.variants.winner_after) == ("[]", "2h")


def test_what_is_no_number_is_left_to_the_api() -> None:
    document = write_document(form(texts=TEXTS, share="half", holdout="some"))
    assert document["holdout"] == "some"
    assert [one["share"] for one in variants_of(document)] == ["half", "half"]


def test_posted_fields_are_the_form() -> None:
    posted = [
        ("language", "en"),
        ("title.en", "Sale"),
        ("body.en", "Today"),
        ("other_title.en", "Seen?"),
        ("other_body.en", "Now"),
        ("other_share", " 30 "),
        ("holdout", "10"),
        ("winner_after", " 2h "),
        ("by_user", "yes"),
    ]
    found = read_fields(posted, zone="UTC", language="en")
    assert found.variants == VariantsForm(
        texts={"en": ("Seen?", "Now")}, share="30", holdout="10", winner_after="2h", by_user=True
    )
