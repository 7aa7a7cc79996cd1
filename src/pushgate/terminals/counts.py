"""How many terminals an app has, by group."""

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
                blocks = await self._redis.llen(f"{key}:blocks")
            async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
                for number in bitmaps.ranges_of(blocks):
                    pipe.bitpos(f"{key}:b:{number}:alive", 1)
                positions = await pipe.execute()
            if any(position >= 0 for position in positions):
                return False
        return True
