"""The hidden names of frozen audiences, which terminals keep in their rows."""

import struct
from collections.abc import Sequence

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.redis.scripts import portions
from pushgate.terminals.shard_scripts import ROWS_PER_SCRIPT, run_counting
from pushgate.terminals.terms import frozen_term


class FrozenNames:
    """Gives terminals such names, and takes them away. All calls raise EngineUnavailable.

    A name goes with its terminal: to another slot, and away when the terminal is forgotten. Calls
    may be repeated.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, app: App, shard: int, key: str, slots: Sequence[int]) -> int:
        """Name the terminals that have or had these slots. The slots must be among those that are
        still to be named. Returns how many terminals did not have the name.

        Terminals that were forgotten meanwhile are left out, and a terminal that was registered
        again is another one.
        """
        return await self._mark(app, shard, key, slots, "1")

    async def remove(self, app: App, shard: int, key: str, slots: Sequence[int]) -> int:
        """Take the name away; returns how many terminals had it."""
        return await self._mark(app, shard, key, slots, "")

    async def _mark(self, app: App, shard: int, key: str, slots: Sequence[int], gives: str) -> int:
        changed = 0
        for some in portions(slots, ROWS_PER_SCRIPT):
            packed = struct.pack(f"<{len(some)}I", *some)
            changed += await run_counting(self._redis, "mark", app, shard, frozen_term(key), gives, packed)
        return changed
