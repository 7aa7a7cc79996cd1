"""Searches the registry: returns the terminals of an expression in pages, in the order of their
slots.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import AllOf, Audience, ByUser, Everyone
from pushgate.domain.bitmaps import SLOTS_PER_RANGE
from pushgate.domain.ranges import by_range, slots_of
from pushgate.domain.terminal import Terminal
from pushgate.grouping.algebra import InTerm
from pushgate.grouping.shard_evaluation import RANGES_AT_ONCE, ShardEvaluation
from pushgate.redis.scripts import portions
from pushgate.terminals.locations import TerminalLocations
from pushgate.terminals.row_reader import RowReader
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.terms import user_term

MAX_WINDOWS = 4
"""Portions of ranges that one page looks at: about four million slots."""


class Place(NamedTuple):
    """Where a page begins: a shard, and a slot of the shard."""

    shard: int = 0
    slot: int = 0


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Terminals that were found, and where the next page begins; None at the end."""

    terminals: Sequence[Terminal]
    following: Place | None


class _Window(NamedTuple):
    """Slots that were found in a part of a shard, as bits by range, and where the part after it
    begins.
    """

    shard: int
    bits: Mapping[int, int]
    following: Place | None

    @property
    def last_slot(self) -> int:
        """The highest of the slots."""
        number = max(self.bits)
        return number * SLOTS_PER_RANGE + self.bits[number].bit_length() - 1

    def portions(self, size: int) -> Iterator[Sequence[int]]:
        """The slots in rising order, in portions."""
        for number in sorted(self.bits):
            yield from portions(slots_of(number, self.bits[number]), size)


class TerminalSearch:
    """Searches the registries of all apps.

    A page may have few terminals, or none, before the end, because it reads a limited number of
    ranges. A terminal that changes its group between two pages may be missed, or found twice.

    All calls raise EngineUnavailable.
    """

    def __init__(
        self,
        terms: TermReader,
        locations: TerminalLocations,
        rows: RowReader,
        ranges_at_once: int = RANGES_AT_ONCE,
    ) -> None:
        self._terms = terms
        self._locations = locations
        self._rows = rows
        self._ranges_at_once = ranges_at_once

    async def page(
        self, app: App, user: str | None, filters: Sequence[Audience], place: Place, limit: int
    ) -> SearchPage:
        """The terminals that all of the filters hold, of one user if given, from a place on.

        `filters` are nodes of terms, vendors or days. Raises TypeError for other nodes.
        """
        found: list[Terminal] = []
        following: Place | None = None
        async for window in self._windows(app, user, filters, place):
            following = window.following
            for slots in window.portions(limit):
                terminals = await self._rows.read_terminals(app, window.shard, slots)
                for slot in slots:
                    if slot in terminals:
                        found.append(terminals[slot])
                    if len(found) == limit:
                        is_last = slot == window.last_slot
                        return SearchPage(found, following if is_last else Place(window.shard, slot + 1))
        return SearchPage(found, following)

    async def _windows(
        self, app: App, user: str | None, filters: Sequence[Audience], place: Place
    ) -> AsyncIterator[_Window]:
        located = None if user is None else await self._locate(app, user)
        if user is not None and located is None:
            filters = [InTerm(user_term(user)), *filters]
        next_place: Place | None = place
        for _ in range(MAX_WINDOWS):
            if next_place is None:
                return
            if user is not None and located is not None:
                window = await self._of_located(app, user, located, filters, next_place)
            else:
                window = await self._of_ranges(app, filters, next_place)
            yield window
            next_place = window.following

    async def _locate(self, app: App, user: str) -> Mapping[int, list[int]] | None:
        """The slots of a user's terminals by shard, None for a user with too many."""
        (found,) = await self._locations.locate_each_user(app, [user])
        if found is None:
            return None
        by_shard: dict[int, list[int]] = {}
        for slot_ref in found:
            by_shard.setdefault(slot_ref.shard, []).append(slot_ref.slot)
        return by_shard

    async def _of_located(
        self,
        app: App,
        user: str,
        located: Mapping[int, list[int]],
        filters: Sequence[Audience],
        place: Place,
    ) -> _Window:
        """A page from one shard in which a user's slots are known."""
        shards = sorted(shard for shard in located if shard >= place.shard)
        if not shards:
            return _Window(place.shard, {}, None)
        shard, first = shards[0], place.slot if shards[0] == place.shard else 0
        evaluation = await ShardEvaluation.begin(self._terms, app, shard, self._ranges_at_once)
        node = ByUser((user,))
        evaluation.put(node, by_range(located[shard]))
        bits = _from_slot(await evaluation.evaluate(AllOf((node, *filters))), first)
        return _Window(shard, bits, Place(shards[1]) if len(shards) > 1 else None)

    async def _of_ranges(self, app: App, filters: Sequence[Audience], place: Place) -> _Window:
        """A page from a portion of a shard's ranges."""
        evaluation = await ShardEvaluation.begin(self._terms, app, place.shard, self._ranges_at_once)
        first = place.slot // SLOTS_PER_RANGE
        ranges = range(first, first + self._ranges_at_once)
        wanted = AllOf(tuple(filters)) if filters else Everyone()
        bits = _from_slot(await evaluation.evaluate(wanted, ranges), place.slot)
        if ranges.stop < len(bitmaps.ranges_of(len(evaluation.block_groups))):
            return _Window(place.shard, bits, Place(place.shard, ranges.stop * SLOTS_PER_RANGE))
        return _Window(place.shard, bits, Place(place.shard + 1) if place.shard + 1 < app.shards else None)


def _from_slot(bits_by_range: Mapping[int, int], first: int) -> dict[int, int]:
    """The slots of bits by range from the first on."""
    first_range, offset = divmod(first, SLOTS_PER_RANGE)
    kept = {number: bits for number, bits in bits_by_range.items() if number >= first_range}
    if first_range in kept:
        kept[first_range] = kept[first_range] >> offset << offset
    return {number: bits for number, bits in kept.items() if bits}
