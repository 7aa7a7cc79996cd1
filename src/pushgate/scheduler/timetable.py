"""Knows when homes have work: it is read from Redis every half second and after rounds, with timers
in between.

Announcements report work that was stored since the last reading.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from pushgate.bundles.segments import Segments
from pushgate.bundles.values import Home
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import EngineUnavailable
from pushgate.runtime import tasks

NEAR_FUTURE_MS = 1000
"""Work that is due later is found by the next reading."""
_GATHER = 0.01
"""Seconds for which homes are collected, to be read together."""
Wake = Callable[[Home], None]


class Timetable:
    """Wakes the rounds of homes when their work is due."""

    def __init__(self, segments: Segments, clock: Clock, kinds: Sequence[Wake]) -> None:
        """`kinds` wake the rounds for due segments, for urgent segments, for bundles to look after,
        and for clicks.
        """
        self._segments = segments
        self._clock = clock
        self._kinds = kinds
        self._timers: dict[tuple[Home, int], tuple[int, asyncio.TimerHandle]] = {}
        self._changed: set[Home] = set()
        self._reading: asyncio.Task[None] | None = None

    async def read(self, homes: Sequence[Home]) -> None:
        """Wake what is due, and set timers for what is due soon. Raises EngineUnavailable."""
        for home, instants in zip(homes, await self._segments.next_due_at(homes), strict=True):
            for kind, due_ms in enumerate(instants):
                if due_ms is not None:
                    self.expect(home, kind, due_ms)

    def expect(self, home: Home, kind: int, due_ms: int) -> None:
        """Note that the home has work of a kind at this instant, in ms since the epoch."""
        wait_ms = due_ms - to_ms(self._clock.now())
        if wait_ms <= 0:
            self._kinds[kind](home)
            return
        known = self._timers.get((home, kind))
        if wait_ms <= NEAR_FUTURE_MS and (known is None or due_ms < known[0]):
            if known:
                known[1].cancel()
            # A timer that fires within the same millisecond might find nothing due yet.
            timer = asyncio.get_running_loop().call_later((wait_ms + 1) / 1000, self._fire, home, kind)
            self._timers[home, kind] = due_ms, timer

    async def close(self) -> None:
        """Wake nobody any more."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._reading:
            await tasks.cancel_and_wait(self._reading)

    def note(self, home: Home) -> None:
        """Note that a round of the home is over: its next work is read soon."""
        self._changed.add(home)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_changed())

    async def _read_changed(self) -> None:
        try:
            while self._changed:
                await asyncio.sleep(_GATHER)
                homes = list(self._changed)
                self._changed.clear()
                # If Redis is out of reach, the next reading of all homes finds the work.
                with contextlib.suppress(EngineUnavailable):
                    await self.read(homes)
        finally:
            self._reading = None

    def _fire(self, home: Home, kind: int) -> None:
        del self._timers[home, kind]
        self._kinds[kind](home)
