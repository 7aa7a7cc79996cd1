"""Selections and jobs' worth of blocks."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain import bitmaps
from pushgate.domain.terminal import Group
from pushgate.grouping.selection import (
    BLOCKS_PER_JOB,
    blocks_of,
    cut_into_jobs,
    divide,
    merge,
    registered_slots,
    select,
)

groups = st.sampled_from([Group("apns", "en"), Group("fcm", "en"), Group("fcm", "ja")])


@given(st.lists(st.tuples(groups, st.integers(0, 5000))))
def test_every_spot_is_selected_once(slot_refs: list[tuple[Group, int]]) -> None:
    selection = select(slot_refs)
    found = {(group, slot) for group, bits in selection.items() for slot in bitmaps.slots(bits)}
    assert found == set(slot_refs)


@given(st.sets(st.tuples(groups, st.integers(0, 5000))), st.sets(st.integers(0, 5000)))
def test_a_divided_selection_has_each_slot_once(slots: set[tuple[Group, int]], named: set[int]) -> None:
    parts = divide(select(slots), bitmaps.from_slots(named))
    others, among = (
        {(group, slot) for group, bits in part.items() for slot in bitmaps.slots(bits)} for part in parts
    )
    assert among == {(group, slot) for group, slot in slots if slot in named}
    assert others == slots - among


@given(st.sets(st.integers(0, 200)))
def test_jobs_hold_each_block_once_and_never_too_many(numbers: set[int]) -> None:
    parts = list(cut_into_jobs(numbers))
    assert sorted(number for part in parts for number in part) == sorted(numbers)
    assert all(0 < len(part) <= BLOCKS_PER_JOB for part in parts)


@given(st.sets(st.integers(0, 200)), st.randoms())
def test_the_same_blocks_are_always_cut_into_the_same_full_jobs(numbers: set[int], order: Random) -> None:
    shuffled = sorted(numbers, key=lambda _: order.random())
    parts = list(cut_into_jobs(numbers))
    assert list(cut_into_jobs(shuffled)) == parts
    assert all(len(part) == BLOCKS_PER_JOB for part in parts[:-1]), "a group's blocks are not adjacent"


@given(st.lists(st.lists(st.tuples(groups, st.integers(0, 5000)))))
def test_pieces_merged_are_the_selection_of_all(pieces: list[list[tuple[Group, int]]]) -> None:
    together: dict[Group, dict[int, int]] = {}
    for piece in pieces:
        merge(together, select(piece))
    assert together == select([slot_ref for piece in pieces for slot_ref in piece])


def test_selected_slots_of_registered_terminals_become_ranges_and_blocks_again() -> None:
    english, tokens = Group("apns", "en"), Group("apns", "en", inline=True)
    selection = {english: {0: 0b101, 63: 1 << 1023, 64: 0b1}, tokens: {1: 0b1}}
    slots = registered_slots(selection)
    assert slots == {0: 0b101 | 1 << 65_535, 1: 0b1}
    assert blocks_of(slots) == selection[english]
