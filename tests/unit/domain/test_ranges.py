"""Slots by range."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.ranges import add_slots, by_range, range_of, slots_of

slots = st.integers(0, 3 * 65_536 - 1)


@given(st.sets(slots), st.sets(slots))
def test_slots_by_range_are_the_same_slots(left: set[int], right: set[int]) -> None:
    together = by_range(sorted(left))
    add_slots(together, sorted(right))
    assert {slot for number, bits in together.items() for slot in slots_of(number, bits)} == left | right
    assert all(together[range_of(slot)[0]] & range_of(slot)[1] for slot in left | right)
