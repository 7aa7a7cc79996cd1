"""Jobs that Gearman's queue has no room for, by the function they are for. Opaque bytes, urgent ones first."""

from collections.abc import Awaitable, Mapping
from typing import cast

from redis.asyncio import Redis

from pushgate.model import MAX_TTL
from pushgate.redis import QUEUE, portions, reaching, script

_INDEX = f"{QUEUE}:backlogs"
_AT_ONCE = 500


class Backlog:
    """The backlog. What is lost between taking a job and submitting it, the sweep finds by its pending bits."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, function: str, jobs: Mapping[bytes, int]) -> None:
        """Keep these jobs; those with the lowest number leave first. One that is there already stays once."""
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            pipe.sadd(_INDEX, function)
            for some in portions(list(jobs.items()), _AT_ONCE):
                pipe.zadd(f"{_INDEX}:{function}", dict(some))
            # No message is on its way for longer: what nobody ever takes does not stay for ever.
            pipe.pexpire(f"{_INDEX}:{function}", MAX_TTL)
            await pipe.execute()

    async def take(self, function: str, limit: int) -> list[bytes]:
        """At most `limit` jobs of a function, no longer kept."""
        answer = await script("pushgate.queue", "take_backlog")(self._redis, [_INDEX], [function, limit])
        return cast("list[bytes]", answer)

    async def sizes(self) -> dict[str, int]:
        """How many jobs each function has here; functions without any are left out."""
        async with reaching():
            members = cast("set[bytes]", await cast("Awaitable[object]", self._redis.smembers(_INDEX)))
            names = sorted(name.decode() for name in members)
            async with self._redis.pipeline(transaction=False) as pipe:
                for name in names:
                    pipe.zcard(f"{_INDEX}:{name}")
                counts = cast("list[int]", await pipe.execute())
        return {name: count for name, count in zip(names, counts, strict=True) if count}
