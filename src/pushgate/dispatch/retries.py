"""Jobs that wait to be tried again, by the instant they are due. Opaque bytes here; the schedulers submit them."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import to_ms
from pushgate.redis.client import reaching
from pushgate.redis.keys import QUEUE
from pushgate.redis.scripts import Value, script

_KEY = f"{QUEUE}:retries"


class Retries:
    """The retry set."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, job: bytes, due: datetime) -> None:
        """Submit this job again at `due`."""
        async with reaching():
            await self._redis.zadd(_KEY, {job: to_ms(due)})

    async def take(self, now: datetime, until: datetime, limit: int) -> list[bytes]:
        """Jobs that are due. Another caller gets them only if they are not `done` by `until`."""
        answer = await script("pushgate.dispatch", "take_retries")(
            self._redis, [_KEY], [to_ms(now), to_ms(until), limit]
        )
        return cast("list[bytes]", answer)

    async def done(self, jobs: Sequence[bytes], until: datetime) -> None:
        """These jobs, taken until then, were submitted. One that was put again since stays."""
        if jobs:
            await script("pushgate.dispatch", "done_retries")(self._redis, [_KEY], [to_ms(until), "", *jobs])

    async def put_back(self, jobs: Sequence[bytes], until: datetime, due: datetime) -> None:
        """These jobs, taken until then, could not be submitted: they are due again at `due`."""
        if jobs:
            args: list[Value] = [to_ms(until), to_ms(due), *jobs]
            await script("pushgate.dispatch", "done_retries")(self._redis, [_KEY], args)

    async def next_due(self) -> int | None:
        """When the earliest is due, in ms since the epoch."""
        async with reaching():
            rows = await self._redis.zrange(_KEY, 0, 0, withscores=True)
        return int(rows[0][1]) if rows else None
