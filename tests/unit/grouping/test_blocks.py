"""Slots by range, and their groups."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain import bitmaps
from pushgate.domain.ranges import by_range
from pushgate.domain.terminal import Group
from pushgate.grouping.blocks import count_by_group, in_blocks

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
