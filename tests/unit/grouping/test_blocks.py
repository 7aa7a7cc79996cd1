"""Slots by range, and their groups."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain import bitmaps
from pushgate.domain.terminal import Group
from pushgate.grouping.blocks import add_slots, by_range, count_by_group, in_blocks, range_of, slots_of

groups = st.sampled_from([Group("apns", "en"), Group("fcm", "en"), Group("fcm", "ja")])
slots = st.integers(0, 3 * 65_536 - 1)


@given(st.sets(slots), st.lists(groups, max_size=192))
def test_each_slot_of_a_known_block_is_counted_in_its_group(found: set[int], blocks: list[Group]) -> None:
    expected = Counter(blocks[slot // 1024] for slot in found if slot // 1024 < len(blocks))
    slots_by_range = by_range(sorted(found))
    assert count_by_group(slots_by_range, blocks) == expected
    selection = in_blocks(slots_by_range, blocks)
    assert {group: bitmaps.count(bits) for group, bits in selection.items()} == expected
    assert {slot for bits in selection.values() for slot in bitmaps.slots(bits)} == {
        slot for slot in found if slot // 1024 < len(blocks)
    }


@given(st.sets(slots), st.sets(slots))
def test_slots_by_range_are_the_same_slots(left: set[int], right: set[int]) -> None:
    together = by_range(sorted(left))
    add_slots(together, sorted(right))
    assert {slot for number, bits in together.items() for slot in slots_of(number, bits)} == left | right
    assert all(together[range_of(slot)[0]] & range_of(slot)[1] for slot in left | right)
