"""Evaluates an expression in one shard, exactly, although terminals change their slots
meanwhile.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, BestHourCame, InLanguage, LocalTimeCame, Registered, Seen
from pushgate.domain.bitmaps import SLOTS_PER_RANGE
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.terminal import Group
from pushgate.grouping.algebra import (
    Compiled,
    RangeView,
    TermIndex,
    compile_audience,
    nodes_above_sets,
    nodes_below_not,
)
from pushgate.grouping.blocks import RangeGroups
from pushgate.grouping.moves import MoveLog, add, extend, has, remove
from pushgate.terminals.term_reader import TermReader

_T = TypeVar("_T")
RANGES_AT_ONCE = 16
"""Ranges that are read in one round trip."""
_MAX_SETS_AT_ONCE = 512
"""Bits of one term in one range that are read in one round trip: 4 MB at most."""
_MAX_READINGS = 5
"""How often a shard is read again because terms were added that an expression asks for."""

Locate = Callable[[], Awaitable[Sequence[int]]]
"""Finds the slots of listed terminals in a shard."""


class ShardEvaluation:
    """Evaluates the expressions of one call in one shard of an app. All calls raise
    EngineUnavailable.

    Reads the shard's ranges in portions, each at another instant. The log of moves begins before
    anything else is read, and names the terminals that changed their slots meanwhile: these are
    judged again by their new slots. So a terminal is held at most once, and one that the expression
    holds all the time is never missed.
    """

    def __init__(
        self,
        terms: TermReader,
        app: App,
        shard: int,
        log: MoveLog,
        ranges_at_once: int = RANGES_AT_ONCE,
    ) -> None:
        self._terms = terms
        self._app, self._shard = app, shard
        self.log = log
        self._ranges_at_once = ranges_at_once
        self._sets: dict[Audience, dict[int, int]] = {}
        self._locate_again: dict[Audience, Locate] = {}
        self.block_groups: list[Group] = []
        """The group of each block of the shard, as of the last evaluation."""

    @classmethod
    async def begin(
        cls, terms: TermReader, app: App, shard: int, ranges_at_once: int = RANGES_AT_ONCE
    ) -> "ShardEvaluation":
        """An evaluation whose log of moves begins now, before anything else is read."""
        log = MoveLog(terms, app, shard, await terms.moves_total(app, shard))
        return cls(terms, app, shard, log, ranges_at_once)

    def put(self, node: Audience, slots: dict[int, int], locate_again: Locate | None = None) -> None:
        """Set the slots of a node whose terminals are found in another way than by terms.

        They may be read at any time since the log was begun. `locate_again` finds them anew.
        """
        extend(slots, self.log.moves)
        self._sets[node] = slots
        if locate_again is not None:
            self._locate_again[node] = locate_again

    def has(self, node: Audience) -> bool:
        """Whether the slots of the node are set."""
        return node in self._sets

    def found(self, node: Audience) -> dict[int, int]:
        """The slots of a node that were set. When moves are read, the new slots of its terminals
        are added.
        """
        return self._sets[node]

    async def read_moves(self) -> None:
        """Read the log of moves, which keeps a limited number of them."""
        moves = await self.log.read()
        for slots in self._sets.values():
            extend(slots, moves)

    async def evaluate(self, audience: Audience, window: range | None = None) -> dict[int, int]:
        """The slots that an expression holds, as bits by range; with `window`, only those of a
        window of ranges. Ranges without a slot are left out.
        """
        first = len(self.log.moves)
        wanted = await self._with_all_terms(audience, partial(self._read_all, window=window))
        await self._read_groups_again(wanted)
        await self._judge_moved(audience, wanted, first, await self._came_late(audience))
        return {
            number: bits for number, bits in wanted.items() if bits and (window is None or number in window)
        }

    async def slices(self, numbers: Sequence[int], terms: Sequence[str]) -> dict[int, list[int]]:
        """The bits of terms in these ranges, in one round trip. See `portions`."""
        found = await self._terms.slice(self._app, self._shard, numbers, terms)
        return dict(zip(numbers, found, strict=True))

    def portions(self, numbers: Sequence[int], terms: int) -> list[Sequence[int]]:
        """The ranges in portions for one round trip each, of which this many terms are read."""
        size = max(1, min(self._ranges_at_once, _MAX_SETS_AT_ONCE // max(1, terms)))
        return [numbers[start : start + size] for start in range(0, len(numbers), size)]

    async def _with_all_terms(self, audience: Audience, read: Callable[[Compiled], Awaitable[_T]]) -> _T:
        """Read with the terms that an expression asks for. If new terms were added meanwhile, read
        again: a new term may hold terminals that changed to it.
        """
        compiled = await self._compile(audience)
        for _ in range(_MAX_READINGS):
            found = await read(compiled)
            again = await self._compile(audience)
            if again.terms == compiled.terms:
                return found
            compiled = again
        raise EngineUnavailable("the terms of an audience change faster than they can be read")

    async def _compile(self, audience: Audience) -> Compiled:
        nodes = list(nodes_above_sets(audience))
        index = TermIndex()
        if any(isinstance(node, Seen | Registered) for node in nodes):
            seen, registered = await self._terms.days(self._app, self._shard)
            index = replace(index, seen=seen, registered=registered)
        if any(isinstance(node, InLanguage) for node in nodes):
            index = replace(index, languages=await self._terms.languages(self._app, self._shard))
        if any(isinstance(node, LocalTimeCame | BestHourCame) for node in nodes):
            index = replace(index, timezones=await self._terms.timezones(self._app, self._shard))
        return compile_audience(audience, index, self._sets)

    async def _read_all(self, compiled: Compiled, window: range | None) -> dict[int, int]:
        self.block_groups = await self._terms.block_groups(self._app, self._shard)
        wanted: dict[int, int] = {}
        numbers: Sequence[int] = bitmaps.ranges_of(len(self.block_groups))
        if compiled.ranges is not None:
            numbers = sorted(compiled.ranges)
        if window is not None:
            numbers = [number for number in numbers if number in window]
        for portion in self.portions(numbers, len(compiled.terms)):
            for view in await self._views(portion, compiled):
                if bits := compiled.evaluate(view):
                    wanted[view.number] = bits
            await self.read_moves()
        return wanted

    async def _views(self, numbers: Sequence[int], compiled: Compiled) -> list[RangeView]:
        slices = await self.slices(numbers, compiled.terms)
        return [
            RangeView(number, slices[number], RangeGroups(self.block_groups, number)) for number in numbers
        ]

    async def _read_groups_again(self, wanted: dict[int, int]) -> None:
        """Read the groups of blocks again, and drop blocks that have another group by now.

        These were empty when the reading began. Terminals that moved there are judged separately.
        """
        before = self.block_groups
        self.block_groups = await self._terms.block_groups(self._app, self._shard)
        if self.block_groups[: len(before)] == before:
            return
        for block, (former, group) in enumerate(zip(before, self.block_groups, strict=False)):
            if former != group:
                number, offset = divmod(block, bitmaps.BLOCKS_PER_RANGE)
                whole = (1 << bitmaps.SLOTS_PER_BLOCK) - 1
                wanted[number] = wanted.get(number, 0) & ~(whole << offset * bitmaps.SLOTS_PER_BLOCK)

    async def _came_late(self, audience: Audience) -> set[int]:
        """The slots of listed terminals that registered since their list was located. They matter
        where the expression holds terminals that are not in the list.
        """
        found: set[int] = set()
        for node in nodes_below_not(audience):
            if locate_again := self._locate_again.get(node):
                slots = await locate_again()
                await self.read_moves()
                known = self._sets[node]
                found |= {slot for slot in slots if not has(known, slot)}
                for slot in slots:
                    add(known, slot)
        return found

    async def _judge_moved(
        self, audience: Audience, wanted: dict[int, int], first: int, came_late: set[int]
    ) -> None:
        """Judge terminals that moved since the first of these moves by their new slots alone, and
        those that came late.

        The bits of their former slots, and of new slots that were read too early, say nothing about
        them.
        """
        unjudged = set(came_late)
        for slot in came_late:
            remove(wanted, slot)
        for former, new in self.log.moves[first:]:
            remove(wanted, former)
            remove(wanted, new)
            unjudged.discard(former)
            unjudged.add(new)
        while unjudged:
            judged = await self._with_all_terms(audience, partial(self._judge, slots=unjudged))
            for slot, is_held in judged.items():
                if is_held:
                    add(wanted, slot)
            # The others moved on, or were forgotten.
            left = unjudged.difference(judged)
            await self.read_moves()
            unjudged = {self.log.now_at(slot) for slot in left}.difference(left)

    async def _judge(self, compiled: Compiled, slots: set[int]) -> dict[int, bool]:
        """Whether an expression holds the terminals of these slots. Slots that are not in use are
        left out.
        """
        # Blocks may have been given to the terminals' groups since the groups were read.
        self.block_groups = await self._terms.block_groups(self._app, self._shard)
        by_range: dict[int, list[int]] = {}
        for slot in slots:
            by_range.setdefault(slot // SLOTS_PER_RANGE, []).append(slot)
        judged: dict[int, bool] = {}
        for portion in self.portions(list(by_range), len(compiled.terms)):
            for view in await self._views(portion, compiled):
                held = compiled.evaluate(view)
                for slot in by_range[view.number]:
                    offset = slot % SLOTS_PER_RANGE
                    if view.terms[0] >> offset & 1:
                        judged[slot] = bool(held >> offset & 1)
        return judged
