"""Groups slots of a shard into bits by group and block, and blocks into jobs. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pushgate.domain import bitmaps
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group

BLOCKS_PER_JOB = 4
"""Enough that a job is worth its submission, few enough that an urgent job soon finds a free
worker.
"""

Selection = Mapping[Group, bitmaps.Bits]
"""The targeted slots of one shard."""


def select(slots: Iterable[tuple[Group, int]]) -> dict[Group, dict[int, int]]:
    """Bits by group and block from group and slot. A slot that comes twice counts once."""
    by_group: dict[Group, list[int]] = {}
    for group, slot in slots:
        by_group.setdefault(group, []).append(slot)
    return {group: bitmaps.from_slots(found) for group, found in by_group.items()}


def merge(into: dict[Group, dict[int, int]], more: Selection) -> None:
    """Add slots of a shard to those that are selected there."""
    for group, bits in more.items():
        together = into.setdefault(group, {})
        for block, found in bits.items():
            together[block] = together.get(block, 0) | found


def divide(selection: Selection, bits: bitmaps.Bits) -> tuple[Selection, Selection]:
    """Divide the selected slots into those that are not among these bits, and those that are."""
    others = {group: bitmaps.difference(blocks, bits) for group, blocks in selection.items()}
    return others, {group: bitmaps.difference(selection[group], others[group]) for group in selection}


def merge_refs(into: Sequence[dict[Group, dict[int, int]]], refs: Iterable[SlotRef]) -> None:
    """Add slots to those that are selected in their shards; `into` has a selection for each."""
    by_shard: dict[int, list[tuple[Group, int]]] = {}
    for ref in refs:
        by_shard.setdefault(ref.shard, []).append((ref.group, ref.slot))
    for shard, slots in by_shard.items():
        merge(into[shard], select(slots))


def registered_slots(selection: Selection) -> dict[int, int]:
    """The selected slots of registered terminals, as bits by range."""
    parts: dict[int, bytearray] = {}
    for group, blocks in selection.items():
        for block, bits in blocks.items() if not group.inline else ():
            number, place = divmod(block, bitmaps.BLOCKS_PER_RANGE)
            raw = parts.setdefault(number, bytearray(bitmaps.BYTES_PER_RANGE))
            start = place * bitmaps.BYTES_PER_BLOCK
            raw[start : start + bitmaps.BYTES_PER_BLOCK] = bitmaps.to_bytes(bits)
    return {number: int.from_bytes(raw, "little") for number, raw in parts.items()}


def blocks_of(slots: Mapping[int, int]) -> dict[int, int]:
    """Bits by range as bits by block."""
    return {
        block: bits
        for number, whole in slots.items()
        for block, bits in bitmaps.blocks_of_range(number, bitmaps.short_bytes(whole))
    }


def cut_into_jobs(numbers: Iterable[int], size: int = BLOCKS_PER_JOB) -> Iterator[tuple[int, ...]]:
    """The numbers of a group's blocks in rising order, `size` per job. The same numbers always make
    the same jobs.
    """
    ordered = sorted(numbers)
    for start in range(0, len(ordered), size):
        yield tuple(ordered[start : start + size])
