"""Attributes have names and values of a few kinds, within limits; changes merge by name."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.attributes import (
    MAX_INTEGER,
    merge_attributes,
    name_fault,
    value_fault,
    value_of,
    value_text,
)
from pushgate.domain.terminal import AttributeValue


@pytest.mark.parametrize("name", ["a", "Plan", "plan_2.x-y", "a" * 64])
def test_a_name_is_a_letter_and_more(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize("name", ["", "2a", "_a", "a b", "a=b", "ä", "a\n", "a" * 65])
def test_other_texts_are_no_names(name: str) -> None:
    assert "is no attribute's name" in str(name_fault(name))


@pytest.mark.parametrize(
    "value", ["", "gold", "é" * 256, 0, -1, MAX_INTEGER, -MAX_INTEGER, 0.5, -0.0, 1e300, True, False]
)
def test_texts_numbers_and_booleans_are_values(value: object) -> None:
    assert value_fault(value) is None


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("x" * 257, "is too long"),
        ("a\x00b", "NUL"),
        (MAX_INTEGER + 1, "is too large"),
        (-MAX_INTEGER - 1, "is too large"),
        (math.inf, "must be finite"),
        (math.nan, "must be finite"),
        (None, "must be a text, a number, true or false"),
        ([], "must be a text, a number, true or false"),
        ({"a": 1}, "must be a text, a number, true or false"),
    ],
    ids=repr,
)
def test_other_values_are_refused(value: object, fault: str) -> None:
    assert fault in str(value_fault(value))


names = st.sampled_from("abc")
values = st.sampled_from(["x", 1, True])


@given(st.dictionaries(names, values), st.none() | st.dictionaries(names, st.none() | values))
def test_a_change_of_attributes_touches_only_those_it_names(
    attributes: dict[str, str | int | bool], changes: dict[str, str | int | bool | None] | None
) -> None:
    merged = merge_attributes(attributes, changes)
    for name in "abc":
        if changes is None:
            assert name not in merged
        elif name in changes:
            assert merged.get(name) == changes[name]
        else:
            assert merged.get(name) == attributes.get(name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("gold", "s:gold"),
        ("", "s:"),
        ("1", "s:1"),
        (1, "n:1"),
        (1.0, "n:1"),
        (-0.5, "n:-0.5"),
        (1e300, f"n:{int(1e300)}"),
        (1e-7, "n:1e-07"),
        (True, "b:1"),
        (False, "b:0"),
    ],
)
def test_a_value_keeps_its_type_and_equal_numbers_have_one_text(value: AttributeValue, text: str) -> None:
    assert value_text(value) == text
    assert value_of(text) == value
    assert isinstance(value_of(text), bool) == isinstance(value, bool)
