"""A form and the body of a message say the same, both ways; whatever a draft holds can be shown."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.audiences import naming_expressions

from pushgate.audiences.json_form import to_json
from pushgate.console.composing.audience_form import AudienceForm
from pushgate.console.composing.documents import read_document, write_document
from pushgate.console.composing.message_form import ContentForm, MessageForm, MomentForm
from pushgate.console.composing.option_fields import WrittenOption

EMPTY = MessageForm(contents={"en": ContentForm()}, fallback="en")

texts = st.text(max_size=6)
filled = st.text(min_size=1, max_size=6)
contents = st.fixed_dictionaries(
    {"title": texts, "body": texts},
    optional={
        "url": filled,
        "image": filled,
        "data": st.dictionaries(filled, texts, min_size=1, max_size=2),
    },
)
options = st.fixed_dictionaries(
    {},
    optional={
        "ttl": st.integers(0, 2_419_200).filter(lambda seconds: seconds != 86_400),
        "priority": st.sampled_from(["high", "low"]),
        "delivery": st.just("at_most_once"),
        "on_too_long": st.sampled_from(["refuse", "truncate"]),
        "category": st.just("marketing"),
        "collapse_key": filled,
        "badge": st.integers(0, 99_999),
        "silent": st.just(True),
        "dry_run": st.just(True),
        "require_audience": st.just(True),
        "clear_on_click": st.just(True),
        "huawei": st.fixed_dictionaries(
            {"category": filled, "style": st.sampled_from([0, 1, 3]), "auto_cancel": st.booleans()}
        ),
        "xiaomi": st.fixed_dictionaries({"channel_id": filled, "extra": st.dictionaries(filled, texts)}),
        "apns": st.fixed_dictionaries({"relevance_score": st.floats(0, 1), "loc_args": st.lists(texts)}),
    },
).filter(bool)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, object]:
    """Draw the body of a message."""
    written = draw(
        st.dictionaries(st.sampled_from(["en", "zh-Hans", "pt-BR"]), contents, min_size=1, max_size=3)
    )
    document: dict[str, object] = {
        "content": written,
        "default_language": draw(st.sampled_from(sorted(written))),
        "audience": to_json(draw(naming_expressions)),
    }
    times = st.sampled_from(["2026-11-30T20:00:00+08:00", "2027-01-01T12:00:30+00:00"])
    if push_time := draw(st.none() | times):
        document["push_time"] = push_time
    if chosen := draw(st.none() | options):
        document["options"] = chosen
    return document


@given(documents())
def test_a_message_comes_back_from_its_form(document: dict[str, object]) -> None:
    assert write_document(read_document(document, zone="Asia/Shanghai", language="en")) == document


nonsense = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda parts: st.lists(parts, max_size=2) | st.dictionaries(texts, parts, max_size=2),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["content", "default_language", "push_time", "audience", "options"]), nonsense
    )
)
def test_a_draft_of_any_form_is_shown_as_far_as_it_can_be(draft: dict[str, object]) -> None:
    form = read_document(draft, zone="UTC", language="en")
    assert form.languages
    assert form.fallback in form.languages
    write_document(form)


def test_an_empty_form_is_an_empty_message_to_everybody() -> None:
    assert write_document(EMPTY) == {
        "content": {"en": {"title": "", "body": ""}},
        "default_language": "en",
        "audience": {"all": True},
    }
    assert read_document({}, zone="UTC", language="en") == EMPTY


def test_all_languages_have_the_link_of_the_first_unless_each_has_its_own() -> None:
    contents = {
        "en": ContentForm(title="Sale", url="shop://sale", data=(("page", "sale"),)),
        "zh": ContentForm(title="特卖"),
    }
    shared = MessageForm(contents=contents, fallback="en")
    link = {"url": "shop://sale", "data": {"page": "sale"}}
    assert write_document(shared)["content"] == {
        "en": {"title": "Sale", "body": ""} | link,
        "zh": {"title": "特卖", "body": ""} | link,
    }
    own = MessageForm(contents=contents, fallback="en", by_language=True)
    written = write_document(own)
    assert written["content"] == {
        "en": {"title": "Sale", "body": ""} | link,
        "zh": {"title": "特卖", "body": ""},
    }
    assert read_document(written, zone="UTC", language="en") == own


def test_a_stored_message_with_its_nulls_and_defaults_is_a_plain_form() -> None:
    stored = {
        "content": {"en": {"title": "Hi", "body": "There", "image": None, "url": None, "data": {}}},
        "default_language": "en",
        "audience": {"all": True},
        "options": {
            "ttl": 86_400, "priority": "normal", "delivery": "at_least_once", "on_too_long": "reject",
            "silent": False, "clear_on_click": False, "badge": None, "category": None,
            "require_audience": False, "dry_run": False,
            "collapse_key": None, "huawei": {"category": "IM", "style": None},
        },
    }  # fmt: skip
    form = read_document(stored, zone="UTC", language="en")
    assert form == MessageForm(
        contents={"en": ContentForm(title="Hi", body="There")},
        fallback="en",
        vendor_options=(WrittenOption(vendor="huawei", name="category", text="IM"),),
    )


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"ttl": "4h"}, {"ttl": 14_400}),
        ({"ttl": "600"}, {"ttl": 600}),
        ({"ttl": "1d"}, {}),
        ({"ttl": "soon"}, {"ttl": "soon"}),
        ({"badge": "x"}, {"badge": "x"}),
        ({"priority": "normal"}, {}),
        ({"nonsense": "1"}, {}),
    ],
)
def test_options_are_written_without_their_defaults(
    options: Mapping[str, str], written: Mapping[str, object]
) -> None:
    form = MessageForm(contents={"en": ContentForm()}, fallback="en", options=options)
    assert write_document(form).get("options", {}) == written


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("style", "3", 3),
        ("style", "4", "4"),
        ("auto_cancel", "true", True),
        ("notify_id", "12", 12),
        ("notify_id", "many", "many"),
        ("inbox_content", '["a"]', ["a"]),
        ("channel_id", "118402", "118402"),
        ("nope", "1", "1"),
    ],
)
def test_a_vendors_option_has_the_type_of_its_model(name: str, text: str, value: object) -> None:
    option = WrittenOption(vendor="huawei", name=name, text=text)
    form = MessageForm(contents={"en": ContentForm()}, fallback="en", vendor_options=(option,))
    assert write_document(form)["options"] == {"huawei": {name: value}}


def test_what_is_no_moment_and_no_audience_is_left_to_the_api_to_refuse() -> None:
    form = MessageForm(
        contents={"en": ContentForm()},
        fallback="en",
        moment=MomentForm(is_now=False, day="", clock="20:00"),
        audience=AudienceForm(json="{"),
    )
    document = write_document(form)
    assert (document["push_time"], document["audience"]) == ("T20:00", "{")
