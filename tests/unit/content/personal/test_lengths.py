"""How long values may be is known from those of terminals and people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.content.personal.lengths import KnownLengths, Length
from pushgate.content.personal.syntax import Source, ValueName

NAME, OF_USER = ValueName(Source.ATTRIBUTE, "name"), ValueName(Source.USER, "name")
OF_MESSAGE = ValueName(Source.VALUES, "name")


@given(st.integers(0, 300), st.integers(0, 1300))
def test_a_text_is_as_long_as_the_longest_value(characters: int, size: int) -> None:
    text = Length(characters, size).text
    assert len(text) == characters
    assert len(text.encode()) >= min(size, 4 * characters)


@pytest.mark.parametrize(
    ("name", "complete", "expected"),
    [
        (NAME, True, Length(12, 30)),
        (OF_USER, True, Length(12, 14)),
        (NAME, False, Length(20, 30)),
        (ValueName(Source.ATTRIBUTE, "city"), True, Length(20, 20)),
    ],
)
def test_an_attribute_is_as_long_as_any_value_of_terminals_or_people(
    name: ValueName, complete: bool, expected: Length
) -> None:
    known = KnownLengths({"name": Length(10, 30)}, {"name": Length(12, 14)}, complete)
    assert known.find(name, 20) == expected
