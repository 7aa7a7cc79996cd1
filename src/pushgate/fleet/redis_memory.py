"""How much memory the servers of Redis use, and how much they may use."""

from collections.abc import Sequence
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.redis.client import Changes, masters, reaching


class ServerMemory(NamedTuple):
    """The memory of a server in bytes. `limit` is 0 where it has none."""

    server: str
    used: int
    limit: int


class RedisMemory:
    """Asks each server that takes writes."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self) -> Sequence[ServerMemory]:
        """The memory of each server; a single one is called `redis`. Raises EngineUnavailable."""
        async with reaching(Changes.NOTHING):
            found = []
            for server in await masters(self._redis):
                memory = cast("dict[str, int]", await server.info("memory"))
                name = str(getattr(server, "name", "")) or "redis"
                found.append(ServerMemory(name, memory["used_memory"], memory["maxmemory"]))
        return found
