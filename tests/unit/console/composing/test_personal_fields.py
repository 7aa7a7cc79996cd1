"""What fills placeholders is written in a form as it is in a message, both ways."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.console.composing.documents import read_document, write_document
from pushgate.console.composing.faults import field_of
from pushgate.console.composing.message_form import ContentForm, MessageForm, PersonalForm
from pushgate.console.composing.posted_fields import read_fields

_names = st.from_regex(r"[a-z][a-z0-9_.-]{0,5}", fullmatch=True)
_values = st.dictionaries(
    _names, st.text(max_size=8) | st.integers(-(2**53), 2**53) | st.booleans(), min_size=1, max_size=3
)
_personal = st.fixed_dictionaries(
    {"personal": st.just(True)},
    optional={"values": _values, "user_values": st.dictionaries(st.text(min_size=1), _values, min_size=1)},
)
_fallback = st.fixed_dictionaries(
    {"en": st.fixed_dictionaries({"title": st.text(max_size=5), "body": st.text(max_size=5)})}
)


@given(_personal, st.none() | _fallback)
def test_a_form_and_a_message_say_the_same(personal: dict[str, Any], fallback: object) -> None:
    document = {
        "content": {"en": {"title": "{{ name }}", "body": "b"}},
        "audience": {"all": True},
        **personal,
    }
    if fallback is not None:
        document |= {"on_missing": "fallback", "fallback": fallback}
    written = write_document(read_document(document, zone="UTC", language="en"))
    assert written == {**document, "default_language": "en"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda part: st.dictionaries(st.text(), part)
    )
)
def test_whatever_a_draft_holds_can_be_shown(anything: object) -> None:
    fields = dict.fromkeys(("on_missing", "fallback", "values", "user_values"), anything)
    form = read_document({"personal": True, **fields}, zone="UTC", language="en")
    assert form.personal.is_on


def test_a_message_that_is_not_personal_keeps_none_of_the_fields() -> None:
    form = MessageForm(contents={"en": ContentForm()}, fallback="en", personal=PersonalForm(values="a = 1"))
    assert "values" not in write_document(form)


def test_posted_fields_are_a_form() -> None:
    posted = [
        ("language", "en"),
        ("personal", "yes"),
        ("on_missing", "fallback"),
        ("missing_title.en", "Hi"),
        ("missing_body.en", ""),
        ("values", "item = A hat, red\r\n count=3\n= x\nlonely"),
        ("user_values", '{"ann": {"item": 1}}'),
    ]
    form = read_fields(posted, zone="UTC", language="en")
    document = write_document(form)
    assert document["fallback"] == {"en": {"title": "Hi", "body": ""}}
    assert document["values"] == {"item": "A hat, red", "count": 3, "lonely": ""}
    assert document["user_values"] == {"ann": {"item": 1}}


@pytest.mark.parametrize("path", ["personal", "fallback.en.title", "values.item", "user_values"])
def test_errors_of_these_fields_stand_beside_them(path: str) -> None:
    assert field_of(path, MessageForm(contents={"en": ContentForm()}, fallback="en")) == "personal"


@pytest.mark.parametrize("template", [{"name": "plain"}, {"name": "plain", "version": 3}])
def test_a_template_stands_in_place_of_a_fallback(template: dict[str, Any]) -> None:
    document = {
        "content": {"en": {"title": "{{ name }}", "body": "b"}},
        "default_language": "en",
        "audience": {"all": True},
        "personal": True,
        "on_missing": "fallback",
        "fallback_template": template,
    }
    assert write_document(read_document(document, zone="UTC", language="en")) == document
    posted = [
        ("language", "en"),
        ("title.en", "{{ name }}"),
        ("body.en", "b"),
        ("personal", "yes"),
        ("on_missing", "fallback"),
        ("fallback_template", "@".join(str(part) for part in template.values())),
    ]
    assert write_document(read_fields(posted, zone="UTC", language="en")) == document
