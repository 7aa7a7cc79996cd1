"""The cursor of a list of failures."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.ledger.dead_letters import Cursor


@given(st.integers(0, 63), st.integers(0, 10_000), st.integers(0, 1023))
def test_a_cursor_comes_back_from_its_text(shard: int, number: int, offset: int) -> None:
    cursor = Cursor(shard, number, offset)
    assert Cursor.parse(cursor.text()) == cursor


@pytest.mark.parametrize("text", ["", "x", "MSAy", base64.urlsafe_b64encode(b"-1 0 0").decode()])
def test_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # several texts
        Cursor.parse(text)
