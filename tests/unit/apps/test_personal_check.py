"""A personal message is checked as terminals with short and with long values get it."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from pushgate.apps.personal_check import check_values, filled, read_contents
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.message import Content, Message, OnMissing, Personal

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def message(title: str, **brought: object) -> Message:
    return Message(
        id="1",
        app="shop",
        content={"en": Content(title, "b")},
        default_language="en",
        push_at=NOW,
        created_at=NOW,
        audience=AudienceSummary(),
        personal=Personal(**brought),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("title", "characters", "expected"),
    [
        ("Hi {{ name }}", 3, "Hi xxx"),
        ("{{ name | truncate: 4 }}", 10, "xxx…"),
        ("{{ points | number }}", 1, "88,888,888"),
        ('{{ day | date: "long" }}', 1, "December 28, 2028"),
        ('{{ points | plural: one: "point", other: "points" }}', 1, "points"),
        ('{{ points | number | default: "no points" }}', 1, "no points"),
        ("{{ values.item }}", 1, "overcoat"),
        ("{{ values.count | number }}", 1, "1,000"),
    ],
)
def test_values_that_are_not_known_are_taken_to_have_so_many_characters(
    title: str, characters: int, expected: str
) -> None:
    given = message(title, values={"item": "hat", "count": 1000}, user_values={"ann": {"item": "overcoat"}})
    contents, errors = read_contents(given)
    assert errors == []
    shown = filled(given, contents, characters=characters)
    assert shown.content["en"].title == expected
    assert shown.personal is None


def test_a_value_that_the_message_brings_for_nobody_is_an_error_without_a_default() -> None:
    given = message(
        "{{ values.a }} {{ values.b | default: 'x' }} {{ values.c }}", user_values={"ann": {"c": 1}}
    )
    errors, warnings = check_values(given, read_contents(given)[0])
    assert [error.field for error in errors] == ["content.en"]
    assert "{{ values.a }}" in errors[0].message
    assert warnings == []


@pytest.mark.parametrize(
    ("title", "day", "refused"),
    [
        ("{{ values.day }}", " ", True),
        ("{{ values.day | date }}", "31.01.2027", True),
        ("{{ values.day | date }}", "2027-01-31", False),
        ("{{ values.day | date | default: 'soon' }}", "31.01.2027", False),
    ],
)
def test_a_value_that_shows_nothing_to_anybody_is_an_error(title: str, day: str, *, refused: bool) -> None:
    given = message(title, values={"day": day})
    errors, _ = check_values(given, read_contents(given)[0])
    assert [error.field for error in errors] == ["content.en"] * refused
    others = message(title, values={"day": day}, user_values={"ann": {"day": "2027-01-31"}})
    assert check_values(others, read_contents(others)[0])[0] == []
    falls_back = message(title, values={"day": day}, on_missing=OnMissing.FALLBACK)
    assert check_values(falls_back, read_contents(falls_back)[0])[0] == []


def test_faults_name_the_language() -> None:
    given = message("{{")
    contents, errors = read_contents(
        replace(given, content={**given.content, "de": Content("t", "{{ a | b }}")})
    )
    assert contents == {}
    assert [error.field for error in errors] == ["content.en.title", "content.de.body"]
