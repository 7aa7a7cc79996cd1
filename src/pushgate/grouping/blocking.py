"""Places in a shard -> bits by group and block; blocks -> jobs' worth of blocks. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pushgate import blocks
from pushgate.model import Group

BLOCKS_PER_JOB = 4
"""Enough for a job to be worth its journey, few enough that an urgent one soon finds a free worker."""

Selection = Mapping[Group, blocks.Bits]
"""Who is targeted in one shard."""


def select(spots: Iterable[tuple[Group, int]]) -> dict[Group, dict[int, int]]:
    """Bits by group and block from (group, slot); the same slot twice counts once."""
    slots: dict[Group, list[int]] = {}
    for group, slot in spots:
        slots.setdefault(group, []).append(slot)
    return {group: blocks.from_slots(found) for group, found in slots.items()}


def number_inline(tokens: Mapping[Group, Sequence[str]]) -> dict[Group, dict[int, int]]:
    """Bits of terminals that the message brings: slots from 0 in each group."""
    return {group: blocks.from_slots(range(len(found))) for group, found in tokens.items()}


def cut(numbers: Iterable[int], size: int = BLOCKS_PER_JOB) -> Iterator[tuple[int, ...]]:
    """Block numbers in rising order, cut at fixed places, so that the same blocks always make the same job."""
    parts: dict[int, list[int]] = {}
    for number in sorted(numbers):
        parts.setdefault(number // size, []).append(number)
    for part in parts.values():
        yield tuple(part)
