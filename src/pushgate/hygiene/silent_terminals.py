"""Silent terminals: those that were last seen before a day.

A terminal is seen when it registers and when a receipt comes of it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.ranges import slots_of
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.terms import ALIVE, seen_term

_DAYS_AT_ONCE = 256
"""Days of which the slots of one range are read together: 2 MB at most."""
_MIN_DISTRUSTED = 10


@dataclass(frozen=True, slots=True)
class SilentCount:
    """How many terminals of an app are silent, and how many it has."""

    silent: int
    terminals: int

    @property
    def implausible(self) -> bool:
        """Whether so many are silent that a fault is more likely: signs of life may not reach
        Pushgate. The same share as for tokens that a vendor calls dead.
        """
        return self.silent >= _MIN_DISTRUSTED and 2 * self.silent >= self.terminals


class SilentTerminals:
    """Finds the silent terminals of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._terms = TermReader(redis)

    async def count(self, app: App, before: date) -> SilentCount:
        """How many terminals were last seen before a day (UTC)."""
        silent = terminals = 0
        for shard in range(app.shards):
            async for _, bits, alive in self._ranges(app, shard, 0, before):
                silent, terminals = silent + bits.bit_count(), terminals + alive.bit_count()
        return SilentCount(silent, terminals)

    async def slots(
        self, app: App, shard: int, first_range: int, before: date
    ) -> AsyncIterator[tuple[int, list[int]]]:
        """The slots of silent terminals in a shard, by range from a range on. Their terminals may
        have been seen or have moved meanwhile.
        """
        async for number, bits, _ in self._ranges(app, shard, first_range, before):
            yield number, slots_of(number, bits)

    async def _ranges(
        self, app: App, shard: int, first_range: int, before: date
    ) -> AsyncIterator[tuple[int, int, int]]:
        """Yields for each range its number, the silent terminals' slots and all slots in use."""
        async with reaching(Changes.NOTHING):
            blocks = await self._redis.llen(f"{tag(app, shard)}:blocks")
        seen, _ = await self._terms.days(app, shard)
        terms = [seen_term(day) for day in seen if day < before]
        for number in bitmaps.ranges_of(blocks)[first_range:]:
            silent = alive = 0
            for some in portions(terms, _DAYS_AT_ONCE) if terms else [[]]:
                ((alive, *found),) = await self._terms.slice(app, shard, [number], [ALIVE, *some])
                for bits in found:
                    silent |= bits & alive
            yield number, silent, alive
