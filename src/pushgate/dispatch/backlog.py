"""Jobs that Gearman's queue has no room for, by the function they are for. Opaque bytes, urgent ones first."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.message import MAX_TTL
from pushgate.redis.client import reaching
from pushgate.redis.keys import QUEUE
from pushgate.redis.scripts import portions, script

_INDEX = f"{QUEUE}:backlogs"
_AT_ONCE = 500
_ORDERS = 3
_LATEST = 10**13
"""Above every time in ms since the epoch. A job's score is its order, times this, plus when it expires."""


@dataclass(frozen=True, slots=True)
class BacklogPosition:
    """Where a job stands: those of the lowest `order` leave first, of these what expires first.

    `expires` is in ms since the epoch, 0 where that is not known.
    """

    order: int
    expires: int = 0

    @property
    def score(self) -> int:
        """The score in the sorted set; a double holds it exactly."""
        return self.order * _LATEST + (self.expires or _LATEST - 1)


class Backlog:
    """The backlog. What is lost between taking a job and submitting it, the sweep finds by its pending bits."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, function: str, jobs: Mapping[bytes, BacklogPosition]) -> None:
        """Keep these jobs; one that is there already stays once."""
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            pipe.sadd(_INDEX, function)
            for some in portions(list(jobs.items()), _AT_ONCE):
                pipe.zadd(f"{_INDEX}:{function}", {job: place.score for job, place in some})
            # No message is on its way for longer: what nobody ever takes does not stay for ever.
            pipe.pexpire(f"{_INDEX}:{function}", MAX_TTL)
            await pipe.execute()

    async def take(self, function: str, limit: int) -> list[bytes]:
        """At most `limit` jobs of a function, no longer kept."""
        answer = await script("pushgate.dispatch", "take_backlog")(self._redis, [_INDEX], [function, limit])
        return cast("list[bytes]", answer)

    async def forget_expired(self, now: int) -> int:
        """Drop the jobs that have expired by then; returns how many."""
        names = await self._functions()
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                for order in range(_ORDERS):
                    first = order * _LATEST
                    pipe.zremrangebyscore(f"{_INDEX}:{name}", first, first + now)
            return sum(cast("list[int]", await pipe.execute()))

    async def sizes(self) -> dict[str, int]:
        """How many jobs each function has here; functions without any are left out."""
        names = await self._functions()
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.zcard(f"{_INDEX}:{name}")
            counts = cast("list[int]", await pipe.execute())
        return {name: count for name, count in zip(names, counts, strict=True) if count}

    async def _functions(self) -> list[str]:
        async with reaching():
            members = cast("set[bytes]", await cast("Awaitable[object]", self._redis.smembers(_INDEX)))
        return sorted(name.decode() for name in members)
