"""How many terminals an app has, by group."""

from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.terminal import Group
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.terminals.locations import TerminalLocations


class TerminalCounts:
    """The numbers of all apps' terminals. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, locations: TerminalLocations) -> None:
        self._redis = redis
        self._locations = locations

    async def by_group(self, app: App) -> dict[Group, int]:
        """How many terminals each group has. Empty groups are left out."""
        totals: dict[Group, int] = {}
        for shard in range(app.shards):
            for group, bits in (await self._locations.alive(app, shard)).items():
                totals[group] = totals.get(group, 0) + bitmaps.count(bits)
        return {group: total for group, total in totals.items() if total}

    async def is_empty(self, app: App) -> bool:
        """Whether the app has no terminal. Does not read the slots in use."""
        for shard in range(app.shards):
            key = tag(app, shard)
            async with reaching(Changes.NOTHING):
                groups = cast("list[bytes]", await self._redis.hkeys(f"{key}:next"))
                # A block without terminals is not stored, so neither is a group without blocks.
                names = [f"{key}:alive:{group.decode()}" for group in groups]
                if names and await self._redis.exists(*names):
                    return False
        return True
