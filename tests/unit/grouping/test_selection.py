"""Selections and jobs' worth of blocks."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain import bitmaps
from pushgate.domain.terminal import Group
from pushgate.grouping.selection import BLOCKS_PER_JOB, cut_into_jobs, merge, select

groups = st.sampled_from([Group("apns", "en"), Group("fcm", "en"), Group("fcm", "ja")])


@given(st.lists(st.tuples(groups, st.integers(0, 5000))))
def test_every_spot_is_selected_once(slot_refs: list[tuple[Group, int]]) -> None:
    selection = select(slot_refs)
    found = {(group, slot) for group, bits in selection.items() for slot in bitmaps.slots(bits)}
    assert found == set(slot_refs)


@given(st.sets(st.integers(0, 200)))
def test_jobs_hold_each_block_once_and_never_too_many(numbers: set[int]) -> None:
    parts = list(cut_into_jobs(numbers))
    assert sorted(number for part in parts for number in part) == sorted(numbers)
    assert all(0 < len(part) <= BLOCKS_PER_JOB for part in parts)


@given(st.sets(st.integers(0, 200)), st.sets(st.integers(0, 200)))
def test_a_block_is_always_cut_into_the_same_job(some: set[int], others: set[int]) -> None:
    def job_of(numbers: set[int], block: int) -> int:
        return next(part[0] // BLOCKS_PER_JOB for part in cut_into_jobs(numbers) if block in part)

    for block in some & others:
        assert job_of(some, block) == job_of(others, block)


@given(st.lists(st.lists(st.tuples(groups, st.integers(0, 5000)))))
def test_pieces_merged_are_the_selection_of_all(pieces: list[list[tuple[Group, int]]]) -> None:
    together: dict[Group, dict[int, int]] = {}
    for piece in pieces:
        merge(together, select(piece))
    assert together == select([slot_ref for piece in pieces for slot_ref in piece])
