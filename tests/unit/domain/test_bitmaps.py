"""Bit algebra keeps the laws of sets of slots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain import bitmaps

slots = st.sets(st.integers(0, 5 * bitmaps.SLOTS_PER_BLOCK), max_size=300)


@given(slots, slots)
def test_union_intersection_and_difference_are_those_of_sets(left: set[int], right: set[int]) -> None:
    a, b = bitmaps.from_slots(left), bitmaps.from_slots(right)
    assert set(bitmaps.slots(bitmaps.union(a, b))) == left | right
    assert set(bitmaps.slots(bitmaps.intersection(a, b))) == left & right
    assert set(bitmaps.slots(bitmaps.difference(a, b))) == left - right


@given(slots)
def test_slots_come_back_in_order_and_are_counted(wanted: set[int]) -> None:
    bits = bitmaps.from_slots(wanted)
    assert list(bitmaps.slots(bits)) == sorted(wanted)
    assert bitmaps.count(bits) == len(wanted)


@given(st.sets(st.integers(0, bitmaps.SLOTS_PER_BLOCK - 1)))
def test_a_block_survives_its_bytes(wanted: set[int]) -> None:
    raw = bitmaps.to_bytes(bitmaps.from_offsets(wanted))
    assert len(raw) == bitmaps.BYTES_PER_BLOCK
    assert bitmaps.offsets(bitmaps.from_bytes(raw)) == sorted(wanted)


@given(st.integers(0, bitmaps.SLOTS_PER_BLOCK - 1))
def test_bytes_have_the_layout_of_the_scripts(offset: int) -> None:
    raw = bitmaps.to_bytes(1 << offset)
    assert raw[offset >> 3] & (1 << (offset & 7))


def test_blocks_without_a_set_slot_are_left_out() -> None:
    bits = bitmaps.from_slots([3])
    assert bitmaps.difference(bits, bits) == {}
    assert bitmaps.intersection(bits, {7: 1}) == {}


def test_a_bit_outside_the_block_is_refused() -> None:
    with pytest.raises(OverflowError):
        bitmaps.to_bytes(1 << bitmaps.SLOTS_PER_BLOCK)


@given(st.integers(0, 10**9))
def test_a_slot_has_one_place(slot: int) -> None:
    block, offset = bitmaps.split_slot(slot)
    assert block * bitmaps.SLOTS_PER_BLOCK + offset == slot
    assert 0 <= offset < bitmaps.SLOTS_PER_BLOCK
