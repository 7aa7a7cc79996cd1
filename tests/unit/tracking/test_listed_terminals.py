"""The cursor of a list of a message's terminals."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.tracking.listed_terminals import Cursor


@given(st.integers(0, 63), st.integers(0, (1 << 32) - 1))
def test_a_cursor_comes_back_from_its_text(shard: int, slot: int) -> None:
    cursor = Cursor(shard, slot)
    assert Cursor.parse(cursor.text()) == cursor


@pytest.mark.parametrize("text", ["", "x", "MSAyIDMgNA==", base64.urlsafe_b64encode(b"-1 0").decode()])
def test_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # several texts
        Cursor.parse(text)


@pytest.mark.parametrize("cursor", [Cursor(2, 0), Cursor(0, 10)])
def test_a_place_that_a_message_does_not_have_is_refused(cursor: Cursor) -> None:
    with pytest.raises(ValueError, match="of this message"):
        cursor.check(2, 10)
    Cursor(1, 9).check(2, 10)
    Cursor().check(1, 0)
