"""Notes signs of life of terminals in few script calls: the day on which each was last seen, and
the hours in which it clicked.
"""

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
"""Ranges of slots, 8 KB each, of which this process remembers the slots of the day or hour."""
_MAX_COALESCERS = 1024
"""Coalescers that are kept. One that is evicted still answers those who wait for it."""
_SECONDS_PER_HOUR = 3600


class SignsOfLife:
    """Notes signs of life of all apps' terminals, at most one a terminal, day (UTC) and process; of
    clicks one an hour.

    Signs that come while a script call runs go with the next call.
    """

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._noted = {False: _Noted(SECONDS_PER_DAY), True: _Noted(_SECONDS_PER_HOUR)}
        self._coalescers: LRUCache[tuple[App, int, bool], Coalescer[int, None]] = LRUCache(_MAX_COALESCERS)

    async def note(self, app: App, slots: Iterable[SlotRef], *, clicked: bool = False) -> None:
        """Note a sign of life of the terminals that have or had these slots.

        A terminal whose last one was on an earlier day is last seen now. One that `clicked` did so
        in this hour. Raises EngineUnavailable.
        """
        noted = self._noted[clicked]
        noted.begin(self._seconds())
        by_shard: dict[int, list[int]] = {}
        for slot in slots:
            if not noted.holds(app, slot.shard, slot.slot):
                by_shard.setdefault(slot.shard, []).append(slot.slot)
        await asyncio.gather(
            *(self._coalescer(app, shard, clicked).get_many(numbers) for shard, numbers in by_shard.items())
        )

    def _coalescer(self, app: App, shard: int, clicked: bool) -> Coalescer[int, None]:
        found = self._coalescers.get((app, shard, clicked))
        if found is None:
            found = Coalescer(partial(self._touch, app, shard, clicked), SLOTS_PER_SCRIPT)
            self._coalescers.put((app, shard, clicked), found)
        return found

    async def _touch(self, app: App, shard: int, clicked: bool, slots: Sequence[int]) -> Sequence[None]:
        now, noted = self._seconds(), self._noted[clicked]
        await run(self._redis, "touch", app, shard, now, int(clicked), *slots)
        if noted.is_same(now):
            for slot in slots:
                noted.add(app, shard, slot)
        return [None] * len(slots)

    def _seconds(self) -> int:
        return to_ms(self._clock.now()) // 1000


class _Noted:
    """The slots that were noted in one span of time: a day, or an hour."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._span = 0
        self._slots: LRUCache[tuple[App, int, int], bytearray] = LRUCache(_MAX_RANGES)

    def begin(self, now: int) -> None:
        """Forget the slots of another span than that of `now`, in seconds since the epoch."""
        if not self.is_same(now):
            self._span = now // self._seconds
            self._slots = LRUCache(_MAX_RANGES)

    def is_same(self, now: int) -> bool:
        """Whether an instant is in the span."""
        return now // self._seconds == self._span

    def holds(self, app: App, shard: int, slot: int) -> bool:
        """Whether a slot was noted."""
        noted = self._slots.get((app, shard, slot // SLOTS_PER_RANGE))
        offset = slot % SLOTS_PER_RANGE
        return noted is not None and bool(noted[offset >> 3] & 1 << (offset & 7))

    def add(self, app: App, shard: int, slot: int) -> None:
        """Remember that a slot was noted."""
        key, offset = (app, shard, slot // SLOTS_PER_RANGE), slot % SLOTS_PER_RANGE
        noted = self._slots.get(key)
        if noted is None:
            noted = bytearray(BYTES_PER_RANGE)
            self._slots.put(key, noted)
        noted[offset >> 3] |= 1 << (offset & 7)
