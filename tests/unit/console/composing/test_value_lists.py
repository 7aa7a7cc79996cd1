"""Several values in one field are read as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.audiences import texts, values

from pushgate.console.composing.value_lists import format_texts, format_values, parse_texts, parse_values
from pushgate.domain.terminal import AttributeValue


@pytest.mark.parametrize(
    ("written", "texts"),
    [
        ("vip, member", ["vip", "member"]),
        ("  vip ,\n member,, ", ["vip", "member"]),
        ('"a, b", c', ["a, b", "c"]),
        ('""', [""]),
        ("", []),
        ('he said "no"', ['he said "no"']),
        ('"open', ['"open']),
        ('"a" b, c', ['"a" b', "c"]),
    ],
)
def test_a_comma_or_a_line_ends_a_text_and_quotes_hold_it(written: str, texts: list[str]) -> None:
    assert parse_texts(written) == texts


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("gold, 17, 1.5, true", ["gold", 17, 1.5, True]),
        ('"17", "true"', ["17", "true"]),
        ("007, 1., NaN", ["007", "1.", "NaN"]),
    ],
)
def test_numbers_and_switches_are_told_from_texts(written: str, values: list[AttributeValue]) -> None:
    found = parse_values(written)
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


@given(st.lists(texts | st.just("")))
def test_any_texts_come_back(written: list[str]) -> None:
    assert parse_texts(format_texts(written)) == written


@given(st.lists(values))
def test_any_values_come_back(written: list[AttributeValue]) -> None:
    found = parse_values(format_values(written))
    assert found == written
    assert [type(value) for value in found] == [type(value) for value in written]
