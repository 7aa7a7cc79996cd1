"""Jobs that wait for their next attempt, by the instant they are due.

Jobs that wait are opaque bytes here: another version may have added them.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.dispatch.job import BlockJob, encode_waiting
from pushgate.domain.clock import from_ms, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import portions, script

_KEY = f"{QUEUE}:retries"
_SCANNED_AT_ONCE = 1000
_ADDED_AT_ONCE = 500


class Retries:
    """The retry set.

    Workers add jobs, schedulers take and submit them. All calls raise EngineUnavailable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, job: BlockJob, due_at: datetime) -> None:
        """Submit this job again at `due_at`."""
        async with reaching():
            await self._redis.zadd(_KEY, _scores([(job, due_at)]))

    async def add_all(self, jobs: Sequence[tuple[BlockJob, datetime]]) -> None:
        """Submit each of these jobs at its instant."""
        for some in portions(jobs, _ADDED_AT_ONCE):
            async with reaching(Changes.AT_ONCE):
                await self._redis.zadd(_KEY, _scores(some))

    async def take(self, now: datetime, hidden_until: datetime, limit: int) -> list[bytes]:
        """Take the jobs that are due.

        They are due again at `hidden_until` unless they are removed before.
        """
        args = [to_ms(now), to_ms(hidden_until), limit]
        return cast("list[bytes]", await self._run("take_retries", args))

    async def remove(self, jobs: Sequence[bytes], hidden_until: datetime) -> None:
        """Remove jobs that were submitted. A job that was added again since it was taken stays."""
        if jobs:
            await self._run("remove_retries", [to_ms(hidden_until), *jobs])

    async def put_back(self, jobs: Sequence[bytes], hidden_until: datetime, due_at: datetime) -> None:
        """Make jobs that could not be submitted due at `due_at`.

        A job that was added again since it was taken stays.
        """
        if jobs:
            await self._run("put_back_retries", [to_ms(hidden_until), to_ms(due_at), *jobs])

    async def all(self) -> AsyncIterator[Sequence[bytes]]:
        """All waiting jobs, in portions."""
        cursor = -1
        while cursor:
            async with reaching(Changes.NOTHING):
                cursor, rows = await self._redis.zscan(_KEY, max(cursor, 0), count=_SCANNED_AT_ONCE)
            yield [job for job, _ in cast("list[tuple[bytes, float]]", rows)]

    async def hasten(self, jobs: Sequence[bytes], due_at: datetime) -> None:
        """Make jobs due at this instant where they would be due later."""
        if jobs:
            scores = dict.fromkeys(jobs, to_ms(due_at))
            async with reaching(Changes.AT_ONCE):
                await self._redis.zadd(_KEY, scores, xx=True, lt=True)

    async def count(self) -> int:
        """How many jobs wait for their next attempt."""
        async with reaching():
            return await self._redis.zcard(_KEY)

    async def next_due_at(self) -> datetime | None:
        """When the earliest job is due."""
        async with reaching():
            rows = await self._redis.zrange(_KEY, 0, 0, withscores=True)
        return from_ms(int(rows[0][1])) if rows else None

    async def _run(self, name: str, args: Sequence[bytes | int]) -> object:
        return await script("pushgate.dispatch", name)(self._redis, [_KEY], args)


def _scores(jobs: Iterable[tuple[BlockJob, datetime]]) -> dict[bytes, int]:
    return {encode_waiting(job, due_at): to_ms(due_at) for job, due_at in jobs}
