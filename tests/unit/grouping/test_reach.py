"""Slots on which a message did not come, cut into portions."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.bitmaps import SLOTS_PER_BLOCK
from pushgate.domain.ranges import by_range
from pushgate.grouping.reach import whole_blocks


@given(st.sets(st.integers(0, 70 * SLOTS_PER_BLOCK), max_size=40), st.integers(1, 9))
def test_portions_have_each_slot_once_and_whole_blocks(slots: set[int], size: int) -> None:
    found = list(whole_blocks(by_range(slots), size))
    assert [slot for some in found for slot in some] == sorted(slots)
    blocks = [{slot // SLOTS_PER_BLOCK for slot in some} for some in found]
    assert sum(map(len, blocks)) == len({slot // SLOTS_PER_BLOCK for slot in slots})
    assert all(len(some) >= size for some in found[:-1])
    for some in found:
        last = {slot for slot in some if slot // SLOTS_PER_BLOCK == some[-1] // SLOTS_PER_BLOCK}
        assert len(some) - len(last) < size
