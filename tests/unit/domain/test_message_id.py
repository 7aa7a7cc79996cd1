"""Ids of messages: of a small one the place follows, and no other text has one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.clock import SetClock

from pushgate.domain.message_id import Position, created_ms, new_id, position_of, small_id

positions = st.builds(
    Position,
    shard=st.integers(0, 0xFFF),
    page=st.integers(0, 0xFFFFFFFF),
    segment=st.integers(0, 0xFF),
    offset=st.integers(0, 0xFFFF),
)
SMALL = small_id(1_764_000_000_000, Position(3, 77, 5, 9))


@given(at=st.integers(0, (1 << 48) - 1), position=positions)
def test_a_small_messages_id_says_where_and_when_it_was_stored(at: int, position: Position) -> None:
    message_id = small_id(at, position)
    assert len(message_id) == 30
    assert (created_ms(message_id), position_of(message_id)) == (at, position)


@given(
    first=st.tuples(st.integers(0, 1 << 40), positions), other=st.tuples(st.integers(0, 1 << 40), positions)
)
def test_ids_are_in_the_order_of_time(first: tuple[int, Position], other: tuple[int, Position]) -> None:
    assert (small_id(*first) < small_id(*other)) == (first < other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        pytest.param(new_id(SetClock().now()), id="a large message's id"),
        SMALL[:-1],
        SMALL + "0",
        SMALL.upper(),
        "z" + SMALL[1:],
        SMALL[:13] + "+03" + SMALL[16:],
        SMALL[:13] + "-03" + SMALL[16:],
        SMALL[:16] + "0_000_04" + SMALL[24:],
        SMALL[:26] + "   9",
        SMALL[:26] + "٠٠٠٩",
        SMALL[:29] + "\n",
    ],
)
def test_another_text_has_no_place(text: str) -> None:
    assert position_of(text) is None
