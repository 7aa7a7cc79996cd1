"""Counts of many small jobs, added to Redis together about once a second.

If a worker is killed, these counts stay a little low; the results of messages stay exact.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping

from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import State
from pushgate.runtime import logs
from pushgate.stores import Stores
from pushgate.terminals.removal_guard import DeadShare

_FLUSH_SECONDS = 1.0
_log = logs.get("worker")
_Pair = tuple[str, str]
"""App and vendor."""


class DeferredCounts:
    """The running totals of one process, and its responses that called no token dead."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._states: dict[_Pair, Counter[State]] = {}
        self._alive: Counter[_Pair] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None

    def add(self, app: str, vendor: str, states: Mapping[State, int], alive: int) -> None:
        """Count terminals by state, and `alive` responses of the vendor without a dead token."""
        pair = app, vendor
        self._states.setdefault(pair, Counter()).update(states)
        self._alive[pair] += alive
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._start)

    async def flush(self) -> None:
        """Add the counts so far to Redis. Raises EngineUnavailable: then the counts are kept for
        the next flush.
        """
        for pair in list(self._states):
            states = self._states.pop(pair, None)
            if states is None:
                continue  # another flush, which runs at the same time, has taken them
            try:
                await self._stores.totals.add(*pair, states)
            except EngineUnavailable:
                self._states.setdefault(pair, Counter()).update(states)
                raise
        for pair in list(self._alive):
            await self.flush_alive(*pair)

    async def flush_alive(self, app: str, vendor: str) -> None:
        """Report the responses so far to the removal guard. Raises EngineUnavailable."""
        alive = self._alive.pop((app, vendor), 0)
        if not alive:
            return
        try:
            await self._stores.removal_guard.count(app, vendor, DeadShare(alive, 0))
        except EngineUnavailable:
            self._alive[app, vendor] += alive
            raise

    def _start(self) -> None:
        self._flushing = asyncio.create_task(self._flush_once())

    async def _flush_once(self) -> None:
        self._timer = None
        try:
            await self.flush()
        except EngineUnavailable as error:
            _log.warning("counts wait for Redis", action="counts_wait", error=str(error), outage=True)
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._start)
