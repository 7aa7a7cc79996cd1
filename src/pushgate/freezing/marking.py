"""Gives terminals the name of a frozen audience, or takes it away, in portions that each take Redis
a few milliseconds.
"""

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.ranges import by_range, slots_of
from pushgate.freezing.unmarked_slots import UnmarkedSlots
from pushgate.redis.scripts import portions
from pushgate.terminals.frozen_names import FrozenNames
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.terms import frozen_term

SLOTS_PER_PORTION = 2000
_RANGES_AT_ONCE = 16


class Marking:
    """Marks the terminals of all apps. All calls may be repeated, and raise EngineUnavailable."""

    def __init__(self, redis: Redis, terms: TermReader, slots_per_portion: int = SLOTS_PER_PORTION) -> None:
        self._names = FrozenNames(redis)
        self._terms = terms
        self.slots_per_portion = slots_per_portion
        self.unmarked = UnmarkedSlots(redis)

    async def mark(self, app: App, key: str) -> int:
        """Name a portion of the terminals that are left; returns how many slots it looked at, 0
        where none is left.
        """
        for shard in range(app.shards):
            if found := await self.unmarked.first(app, shard, key):
                number, bits = found
                slots = slots_of(number, bits)[: self.slots_per_portion]
                await self._names.add(app, shard, key, slots)
                await self.unmarked.note(app, shard, key, number, bits & ~by_range(slots).get(number, 0))
                return max(1, len(slots))
        return 0

    async def unmark(self, app: App, key: str) -> int:
        """Take the name from a portion of the terminals that have it; returns how many slots it
        looked at, 0 where no terminal has the name.
        """
        for shard in range(app.shards):
            moves = await self._terms.moves_total(app, shard)
            if slots := await self._first_named(app, shard, key):
                await self._names.remove(app, shard, key, slots)
                return len(slots)
            if await self._terms.moves_total(app, shard) != moves:
                return 1  # a terminal may have moved to where nobody was found before
        return 0

    async def _first_named(self, app: App, shard: int, key: str) -> list[int]:
        """The first slots whose terminals have the name."""
        blocks = len(await self._terms.block_groups(app, shard))
        for numbers in portions(bitmaps.ranges_of(blocks), _RANGES_AT_ONCE):
            found = await self._terms.slice(app, shard, numbers, [frozen_term(key)])
            for number, (bits,) in zip(numbers, found, strict=True):
                if bits:
                    return slots_of(number, bits)[: self.slots_per_portion]
        return []
