"""The place of a reader in several streams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.audit.cursor import MARGIN_MS, Cursor, Order, StreamId

NAMES = ["shop", "shop:0", "shop:1", ""]
entries = st.lists(
    st.tuples(st.sampled_from(NAMES), st.builds(StreamId, st.integers(0, 10**6), st.integers(0, 3))),
    max_size=30,
)


@pytest.mark.parametrize("order", Order)
@given(read=entries)
def test_a_text_leads_to_the_places_that_the_cursor_had(
    order: Order, read: list[tuple[str, StreamId]]
) -> None:
    """Entries come in the order of time, so nothing between a place and the margin is left out."""
    read = sorted(read, key=lambda row: row[1], reverse=order is Order.NEWEST)
    cursor = Cursor(order).after(read)
    again = Cursor.parse(cursor.text())
    last = dict(read)
    for name in NAMES:
        place = again.place(name)
        if not read:
            assert place is None
        elif order is Order.OLDEST:
            assert place is not None
            known = last.get(name, StreamId(0, 0))
            assert place == known or known < place <= StreamId(max(0, read[-1][1].ms - MARGIN_MS), 2**64)
        else:
            assert place is not None
            assert place == last.get(name) or place == StreamId(read[-1][1].ms + 1, 0)


def test_a_cursor_names_only_streams_with_late_entries() -> None:
    old = [(f"app-{number}", StreamId(number, 0)) for number in range(500)]
    cursor = Cursor(Order.OLDEST).after([*old, ("shop", StreamId(10**9, 0))])
    assert len(cursor.text()) < 60


@pytest.mark.parametrize("text", ["", "x", "AAAA", "ünï", "k6NvbGT_gA", "k" * 1000, "//"])
def test_another_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        Cursor.parse(text)
