"""Terms have names that tell their kind, and attributes' values keep their type."""

from datetime import date

import pytest

from pushgate.domain.terminal import AttributeValue
from pushgate.terminals.terms import (
    attribute_terms,
    bucket_of_term,
    day_of_term,
    registered_term,
    seen_term,
    value_of,
    value_text,
)


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


def test_a_long_value_is_replaced_by_its_digest_in_the_term() -> None:
    own, of_user = attribute_terms("name", "x" * 62)
    assert (own, of_user) == (f"a:name=s:{'x' * 62}", f"p:name=s:{'x' * 62}")
    own, of_user = attribute_terms("name", "x" * 63)
    assert len(own) == len("a:name=") + 40
    assert own[2:] == of_user[2:]
    assert own != attribute_terms("name", "x" * 64)[0]


def test_a_day_is_found_again_from_its_term() -> None:
    day = date(2026, 11, 28)
    assert (seen_term(day), registered_term(day)) == ("d:20785", "r:20785")
    assert day_of_term(seen_term(day)) == day_of_term(registered_term(day)) == day


def test_sets_that_are_always_bits_have_no_bucket() -> None:
    assert [bucket_of_term(name) for name in ("alive", "moved", "shared")] == ["", "", ""]
    assert bucket_of_term("t:alive") != ""
