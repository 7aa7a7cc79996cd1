"""Follows terminals that change their slot while the ranges of a shard are read one after
another.
"""

from collections.abc import Mapping, Sequence

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.ranges import range_of
from pushgate.terminals.term_reader import TermReader

Move = tuple[int, int]
"""The former slot of a terminal and its new one."""


class MoveLog:
    """The moves in one shard since this log was begun, in their order."""

    def __init__(self, terms: TermReader, app: App, shard: int, total: int) -> None:
        """`total` is the shard's number of moves, read before anything else."""
        self._terms = terms
        self._app, self._shard = app, shard
        self._total = total
        self._next: dict[int, int] = {}
        self.moves: list[Move] = []

    async def read(self) -> Sequence[Move]:
        """Read the moves since the last call, and add them to `moves`.

        Raises EngineUnavailable, also where there were too many for the registry to remember.
        """
        found = await self._terms.moves_since(self._app, self._shard, self._total)
        if found is None:
            raise EngineUnavailable("terminals change their groups faster than their slots can be read")
        self._total += len(found)
        self.moves += found
        self._next.update(found)
        return found

    def now_at(self, slot: int) -> int:
        """The slot to which the terminal of a slot went, as far as the log was read; the same slot
        if it stayed.
        """
        while slot in self._next:
            slot = self._next[slot]
        return slot


def extend(slots: dict[int, int], moves: Sequence[Move]) -> None:
    """Add to slots of a shard, bits by range, the new slots of the terminals that moved."""
    for former, new in moves:
        if has(slots, former):
            add(slots, new)


def has(slots: Mapping[int, int], slot: int) -> bool:
    """Whether bits by range have a slot of the shard."""
    number, bit = range_of(slot)
    return bool(slots.get(number, 0) & bit)


def add(slots: dict[int, int], slot: int) -> None:
    """Add one slot of a shard to bits by range."""
    number, bit = range_of(slot)
    slots[number] = slots.get(number, 0) | bit


def remove(slots: dict[int, int], slot: int) -> None:
    """Take one slot of a shard off bits by range."""
    number, bit = range_of(slot)
    if number in slots:
        slots[number] &= ~bit
