"""How many messages of an app wait outside one home, for the limit of waiting messages."""

import asyncio

from pushgate.bundles.segments import Segments
from pushgate.bundles.values import Home
from pushgate.messages.index import MessageIndex

_MAX_AGE = 0.2
"""Seconds for which a count is used again."""


class WaitingElsewhere:
    """Counts large messages and those of the app's other homes. Raises EngineUnavailable."""

    def __init__(self, segments: Segments, index: MessageIndex) -> None:
        self._segments = segments
        self._index = index
        self._counts: dict[Home, tuple[float, int]] = {}

    async def count(self, home: Home) -> int:
        """How many messages of the home's app wait elsewhere, as known at most 0.2 s ago."""
        now = asyncio.get_running_loop().time()
        counted_at, count = self._counts.get(home, (-_MAX_AGE, 0))
        if now - counted_at >= _MAX_AGE:
            count = sum((await self._index.app_counts(home.app.name)).values())
            others = [Home(home.app, shard) for shard in range(home.app.shards) if shard != home.shard]
            count += sum(map(sum, await self._segments.waiting_in(others)))
            self._counts[home] = now, count
        return count
