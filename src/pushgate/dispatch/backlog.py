"""Jobs that wait in Redis because Gearman's queue has no room for them, by function.

Jobs are opaque bytes here.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.message import MAX_TTL
from pushgate.redis.client import reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import portions, script

_INDEX = f"{QUEUE}:backlogs"
_JOBS_PER_COMMAND = 500
_RANKS = 3
_LATEST = 10**13
"""Above every time in ms since the epoch. A job's score is its rank times this, plus its expiry."""


@dataclass(frozen=True, slots=True)
class BacklogPosition:
    """A job's place: the lowest rank (0, 1, 2) leaves first, within a rank the first to expire.

    `expires_at_ms` is in ms since the epoch, 0 where that is not known.
    """

    rank: int
    expires_at_ms: int = 0

    @property
    def score(self) -> int:
        """The score in the sorted set; a double holds it exactly."""
        return self.rank * _LATEST + (self.expires_at_ms or _LATEST - 1)


class Backlog:
    """The backlog of every function. All calls raise EngineUnavailable.

    If a job is lost between `take` and its submission, recovery finds it by its pending slots.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, function: str, jobs: Mapping[bytes, BacklogPosition]) -> None:
        """Add these jobs. A job that is already there is not added twice."""
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            pipe.sadd(_INDEX, function)
            for portion in portions(list(jobs.items()), _JOBS_PER_COMMAND):
                pipe.zadd(f"{_INDEX}:{function}", {job: position.score for job, position in portion})
            # No message lives longer, so jobs that no worker ever takes do not stay forever.
            pipe.pexpire(f"{_INDEX}:{function}", MAX_TTL)
            await pipe.execute()

    async def take(self, function: str, limit: int) -> list[bytes]:
        """Remove and return at most `limit` jobs of a function."""
        taken = await script("pushgate.dispatch", "take_backlog")(self._redis, [_INDEX], [function, limit])
        return cast("list[bytes]", taken)

    async def drop_expired(self, now_ms: int) -> int:
        """Drop the jobs that have expired by then, in ms since the epoch; returns how many."""
        functions = await self._functions()
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for function in functions:
                for rank in range(_RANKS):
                    first = rank * _LATEST
                    pipe.zremrangebyscore(f"{_INDEX}:{function}", first, first + now_ms)
            return sum(cast("list[int]", await pipe.execute()))

    async def sizes(self) -> dict[str, int]:
        """How many jobs wait for each function. Functions without jobs are left out."""
        functions = await self._functions()
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for function in functions:
                pipe.zcard(f"{_INDEX}:{function}")
            counts = cast("list[int]", await pipe.execute())
        return {function: count for function, count in zip(functions, counts, strict=True) if count}

    async def _functions(self) -> list[str]:
        async with reaching():
            members = cast("set[bytes]", await cast("Awaitable[object]", self._redis.smembers(_INDEX)))
        return sorted(name.decode() for name in members)
