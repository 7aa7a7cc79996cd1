"""When terms of an app last disagreed with its rows and were mended: a sign of a fault."""

from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import from_ms, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_KEY = f"{QUEUE}:terms-mended"
"""A hash: app -> when terms were mended last (ms)."""


class MendedTerms:
    """The last mending of each app. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def note(self, app: str, at: datetime) -> None:
        """Terms of the app were mended."""
        async with reaching(Changes.AT_ONCE):
            await self._redis.hset(_KEY, app, to_ms(at))

    async def read(self) -> Mapping[str, datetime]:
        """When terms were mended last, by app."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_KEY))
        return {name.decode(): from_ms(int(at)) for name, at in rows.items()}
