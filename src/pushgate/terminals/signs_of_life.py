"""Signs of life of terminals -> the day on which each was last seen, in few script calls."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.bitmaps import BYTES_PER_RANGE, SLOTS_PER_RANGE
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.outcome import SlotRef
from pushgate.runtime.coalescer import Coalescer
from pushgate.runtime.lru_cache import LRUCache
from pushgate.terminals.shard_scripts import run
from pushgate.terminals.terms import SECONDS_PER_DAY

SLOTS_PER_SCRIPT = 250
"""Slots of one script call: every other client waits for a script to end."""
_MAX_RANGES = 1024
"""Ranges of slots, 8 KB each, of which this process remembers the slots of the day."""
_MAX_COALESCERS = 1024
"""Coalescers that are kept. One that is evicted still answers those who wait for it."""


class SignsOfLife:
    """Notes signs of life of all apps' terminals, at most one a terminal, day (UTC) and process.

    Those that come while a script call runs go with the next one.
    """

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._day = 0
        self._noted: LRUCache[tuple[App, int, int], bytearray] = LRUCache(_MAX_RANGES)
        self._coalescers: LRUCache[tuple[App, int], Coalescer[int, None]] = LRUCache(_MAX_COALESCERS)

    async def note(self, app: App, slots: Iterable[SlotRef]) -> None:
        """Note a sign of life of the terminals that have or had these slots.

        A terminal whose last one was on an earlier day is last seen now. Raises EngineUnavailable.
        """
        self._begin_day()
        by_shard: dict[int, list[int]] = {}
        for slot in slots:
            if not self._is_noted(app, slot):
                by_shard.setdefault(slot.shard, []).append(slot.slot)
        if len(by_shard) == 1:
            ((shard, numbers),) = by_shard.items()
            await self._coalescer(app, shard).get_many(numbers)
        elif by_shard:
            await asyncio.gather(
                *(self._coalescer(app, shard).get_many(numbers) for shard, numbers in by_shard.items())
            )

    def _begin_day(self) -> None:
        """Forget the slots of another day."""
        day = int(self._clock.now().timestamp()) // SECONDS_PER_DAY
        if day != self._day:
            self._day = day
            self._noted = LRUCache(_MAX_RANGES)

    def _is_noted(self, app: App, slot: SlotRef) -> bool:
        noted = self._noted.get((app, slot.shard, slot.slot // SLOTS_PER_RANGE))
        offset = slot.slot % SLOTS_PER_RANGE
        return noted is not None and bool(noted[offset >> 3] & 1 << (offset & 7))

    def _coalescer(self, app: App, shard: int) -> Coalescer[int, None]:
        found = self._coalescers.get((app, shard))
        if found is None:
            found = Coalescer(partial(self._touch, app, shard), SLOTS_PER_SCRIPT)
            self._coalescers.put((app, shard), found)
        return found

    async def _touch(self, app: App, shard: int, slots: Sequence[int]) -> Sequence[None]:
        day = self._day
        await run(self._redis, "touch", app, shard, to_ms(self._clock.now()) // 1000, *slots)
        if day == self._day:
            for slot in slots:
                self._remember(app, shard, slot)
        return [None] * len(slots)

    def _remember(self, app: App, shard: int, slot: int) -> None:
        key, offset = (app, shard, slot // SLOTS_PER_RANGE), slot % SLOTS_PER_RANGE
        noted = self._noted.get(key)
        if noted is None:
            noted = bytearray(BYTES_PER_RANGE)
            self._noted.put(key, noted)
        noted[offset >> 3] |= 1 << (offset & 7)
