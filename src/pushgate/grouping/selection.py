"""Places in a shard -> bits by group and block; blocks -> jobs' worth of blocks. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from pushgate.domain import bitmaps
from pushgate.domain.terminal import Group

BLOCKS_PER_JOB = 4
"""Enough for a job to be worth its journey, few enough that an urgent one soon finds a free worker."""

Selection = Mapping[Group, bitmaps.Bits]
"""Who is targeted in one shard."""


def select(slot_refs: Iterable[tuple[Group, int]]) -> dict[Group, dict[int, int]]:
    """Bits by group and block from (group, slot); the same slot twice counts once."""
    slots: dict[Group, list[int]] = {}
    for group, slot in slot_refs:
        slots.setdefault(group, []).append(slot)
    return {group: bitmaps.from_slots(found) for group, found in slots.items()}


def merge(into: dict[Group, dict[int, int]], more: Selection) -> None:
    """Add slots to those that are selected in a shard."""
    for group, bits in more.items():
        together = into.setdefault(group, {})
        for block, found in bits.items():
            together[block] = together.get(block, 0) | found


def cut(numbers: Iterable[int], size: int = BLOCKS_PER_JOB) -> Iterator[tuple[int, ...]]:
    """Block numbers in rising order, cut at fixed places, so that the same blocks always make the same job."""
    parts: dict[int, list[int]] = {}
    for number in sorted(numbers):
        parts.setdefault(number // size, []).append(number)
    for part in parts.values():
        yield tuple(part)
