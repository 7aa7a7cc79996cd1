"""Placeholders are read, and what is wrong with them is told with field, position and remedy."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.content.personal.syntax import (
    Filter,
    PersonalError,
    Placeholder,
    Source,
    ValueName,
    may_have_placeholders,
    parse,
    parse_text,
    placeholders_in,
)
from pushgate.domain.message import Content

NAME = ValueName(Source.ATTRIBUTE, "name")


def faults(content: Content) -> dict[str, str]:
    with pytest.raises(PersonalError) as caught:
        parse(content)
    return {error.field: error.message for error in caught.value.errors}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{{name}}", Placeholder(NAME)),
        ("{{ user.plan }}", Placeholder(ValueName(Source.USER, "plan"))),
        ("{{ values.order.id }}", Placeholder(ValueName(Source.VALUES, "order.id"))),
        ("{{ shop.name }}", Placeholder(ValueName(Source.ATTRIBUTE, "shop.name"))),
        ("{{ name | default: 'a }} b' }}", Placeholder(NAME, (Filter("default", "a }} b"),))),
        ("{{name|upper|truncate:20}}", Placeholder(NAME, (Filter("upper"), Filter("truncate", 20)))),
        ('{{ name | date: "long" }}', Placeholder(NAME, (Filter("date", "long"),))),
        (
            '{{ n | plural: one: "day", other: "days" | upper }}',
            Placeholder(
                ValueName(Source.ATTRIBUTE, "n"),
                (Filter("plural", named=(("one", "day"), ("other", "days"))), Filter("upper")),
            ),
        ),
        ("{{\n name\t}}", Placeholder(NAME)),
    ],
)
def test_a_placeholder_has_a_name_and_filters(written: str, expected: Placeholder) -> None:
    assert parse_text(f"Hi {written}!") == ("Hi ", expected, "!")


def test_texts_without_placeholders_stay_whole() -> None:
    assert parse_text("a { b } }} c") == ("a { b } }} c",)
    assert parse_text("") == ()


def test_all_texts_of_a_content_may_have_placeholders() -> None:
    content = Content("{{ name }}", "{{ name }}", data={"k": "{{ name }}"}, url="https://a/{{ name }}")
    assert list(placeholders_in(parse(content))) == [Placeholder(NAME)] * 4
    assert may_have_placeholders(content)
    assert not may_have_placeholders(Content("{ name }", "}}"))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Hi {{ name", "at character 4: after the name or a filter comes | or }}"),
        ("{{ }}", "at character 1: needs the name of a value"),
        ("{{ 9lives }}", "needs the name of a value"),
        ("{{ name | shout }}", "there is no filter shout; take one of default, upper"),
        ("{{ name | }}", "needs a filter's name"),
        ("{{ name upper }}", "after the name or a filter comes | or }}"),
        ("{{ name.__class__ }}" + "{{ values. }}", "at character 21: values.  is no attribute's name"),
        ("{{ name | default }}", "the filter default needs a text"),
        ('{{ name | default: " " }}', "the filter default needs a text that is not blank"),
        ("{{ name | default: friend }}", "needs texts in quotation marks"),
        ("{{ name | default: }}", "a filter's text stands in quotation marks"),
        ("{{ name | upper: 3 }}", "takes nothing after its name"),
        ("{{ name | truncate: 0 }}", "from 1 to 256"),
        ("{{ name | truncate: 257 }}", "from 1 to 256"),
        ('{{ name | date: "tiny" }}', "takes one of short, medium, long, full"),
        ('{{ name | plural: one: "a" }}', "at least for other"),
        ('{{ name | plural: other: "a", some: "b" }}', "texts for zero, one, two, few, many, other"),
        ('{{ name | plural: other: "a", other: "b" }}', "takes each word once"),
        ('{{ name | default: "' + "x" * 257 + '" }}', "a text of 257 characters; 256 are taken"),
    ],
)
def test_a_fault_is_told_with_its_position_and_remedy(written: str, told: str) -> None:
    assert told.replace("values. ", "values.") in faults(Content("t", written))["content.body"]


def test_all_faults_are_told_together() -> None:
    content = Content("{{", "{{ a | b }}", data={"k": "{{ }}", "{{ name }}": "x"}, url="{{ name }}")
    assert faults(content).keys() == {
        "content.title", "content.body", "content.data.k", "content.data", "content.url"
    }  # fmt: skip


@pytest.mark.parametrize(
    "url",
    [
        "{{ name }}",
        "https://{{ name }}/",
        "https://shop.example{{ name }}",
        "https://shop.example:{{ name }}/",
        "{{ name }}://a/",
        "shop://{{ name }}",
        "shop:{{ name }}",
        "ht{{ name }}tps://a/",
    ],
)
def test_no_value_can_change_the_host_of_an_address(url: str) -> None:
    assert "in front of its path" in faults(Content("t", "b", url=url))["content.url"]


@pytest.mark.parametrize(
    "url", ["https://a/{{ name }}", "https://a?b={{ name }}", "shop://sale/{{ name }}", "shop:a/{{ name }}"]
)
def test_values_stand_at_the_end_of_an_address(url: str) -> None:
    assert parse(Content("t", "b", url=url)).url


def test_a_placeholder_in_the_address_of_a_picture_is_refused() -> None:
    """It would be sent as it is."""
    assert "take it out" in faults(Content("t", "b", image="https://a/{{name}}.png"))["content.image"]


def test_private_characters_that_serve_as_marks_are_refused() -> None:
    assert faults(Content("\U000f0003", "b")).keys() == {"content.title"}


def test_placeholders_are_bounded() -> None:
    parse(Content("t", "{{ name }}" * 32))
    assert "has 33 placeholders" in faults(Content("{{ name }}", "{{ name }}" * 32))["content"]


def test_filters_are_bounded() -> None:
    parse(Content("t", "{{ name" + " | upper" * 8 + " }}"))
    told = faults(Content("t", "Hi {{ name" + " | upper" * 9 + " }}"))["content.body"]
    assert told == "at character 4: has more than 8 filters; leave some out"


@given(st.text(alphabet="{}|:,.\"'a1 \\\U000f0000", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(PersonalError):
        assert "{{" not in "".join(part for part in parse(Content(text, "b")).title if isinstance(part, str))
