"""Which slots of a range belong to which group. Pure.

A range is 65,536 slots, 64 blocks; the bits of a range are one whole number, bit i = slot i of the
range. The group of each block of a shard is a list, by block number.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from pushgate.domain import bitmaps
from pushgate.domain.bitmaps import BYTES_PER_RANGE
from pushgate.domain.terminal import Group

_ALL = b"\xff" * BYTES_PER_RANGE
_NONE = bytes(BYTES_PER_RANGE)

Run = tuple[Group, int, int]
"""Neighbouring blocks of one group in a range: the group, the first byte of their bits, and the
byte after the last.
"""


class RangeGroups:
    """The groups of one range's blocks."""

    def __init__(self, block_groups: Sequence[Group], number: int) -> None:
        """`block_groups` are those of the shard; blocks that it does not list have no group."""
        self._block_groups = block_groups
        self._number = number
        self._runs: list[Run] | None = None

    @property
    def runs(self) -> list[Run]:
        """The neighbouring blocks of the same group, in rising order."""
        if self._runs is None:
            self._runs = list(self._find_runs())
        return self._runs

    def mask(self, belongs: Callable[[Group], bool]) -> int:
        """The slots of groups that belong to a set."""
        return int.from_bytes(
            b"".join((_ALL if belongs(group) else _NONE)[start:end] for group, start, end in self.runs),
            "little",
        )

    def _find_runs(self) -> Iterator[Run]:
        first = self._number * bitmaps.BLOCKS_PER_RANGE
        groups = self._block_groups[first : first + bitmaps.BLOCKS_PER_RANGE]
        start = 0
        for index, group in enumerate(groups, 1):
            # Compared by identity, which is fast: two runs instead of one would do no harm.
            if index == len(groups) or groups[index] is not group:
                end = index * bitmaps.BYTES_PER_BLOCK
                yield group, start, end
                start = end


def count_by_group(slots: Mapping[int, int], block_groups: Sequence[Group]) -> Counter[Group]:
    """How many slots each group has. Slots of blocks without a group are not counted."""
    totals: dict[int, int] = {}  # by identity of groups, for their hashes would take half of the time
    groups = {id(group): group for group in block_groups}
    for number, bits in slots.items():
        raw = bits.to_bytes(BYTES_PER_RANGE, "little")
        for group, start, end in RangeGroups(block_groups, number).runs:
            if found := int.from_bytes(raw[start:end], "little").bit_count():
                totals[id(group)] = totals.get(id(group), 0) + found
    counted = Counter[Group]()
    for identity, total in totals.items():
        counted[groups[identity]] += total
    return counted


def in_blocks(slots: Mapping[int, int], block_groups: Sequence[Group]) -> dict[Group, dict[int, int]]:
    """Slots by range as bits by group and block. Slots of blocks without a group are left out."""
    found: dict[Group, dict[int, int]] = {}
    for number, bits in slots.items():
        raw, first = bits.to_bytes(BYTES_PER_RANGE, "little"), number * bitmaps.BLOCKS_PER_RANGE
        for group, start, end in RangeGroups(block_groups, number).runs:
            of_group = found.setdefault(group, {})
            for at in range(start, end, bitmaps.BYTES_PER_BLOCK):
                if in_block := int.from_bytes(raw[at : at + bitmaps.BYTES_PER_BLOCK], "little"):
                    of_group[first + at // bitmaps.BYTES_PER_BLOCK] = in_block
    return {group: blocks for group, blocks in found.items() if blocks}
