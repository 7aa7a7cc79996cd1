"""Slots whose terminals are still to get the name of a frozen audience. `note_marked.lua` lists the
keys.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.bitmaps import short_bytes
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import Value, script


class UnmarkedSlots:
    """Unmarked slots of all apps, as bits by range. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, app: App, shard: int, key: str, slots: Mapping[int, int]) -> None:
        """Store the slots that were found in a shard."""
        if not slots:
            return
        bits, left = _keys(app, shard, key)
        async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(bits, mapping={str(number): short_bytes(found) for number, found in slots.items()})
            pipe.hset(left, mapping={str(number): found.bit_count() for number, found in slots.items()})
            await pipe.execute()

    async def first(self, app: App, shard: int, key: str) -> tuple[int, int] | None:
        """The lowest range in which slots are left, and their bits; None where none is left."""
        bits, left = _keys(app, shard, key)
        async with reaching(Changes.NOTHING):
            numbers = await cast("Awaitable[list[bytes]]", self._redis.hkeys(left))
            if not numbers:
                return None
            number = min(map(int, numbers))
            raw = await cast("Awaitable[bytes | None]", self._redis.hget(bits, str(number)))
        return number, int.from_bytes(raw or b"", "little")

    async def note(self, app: App, shard: int, key: str, number: int, left: int) -> None:
        """Note which slots of a range are left, as bits."""
        args: list[Value] = [number, short_bytes(left), left.bit_count()]
        await script("pushgate.freezing", "note_marked")(self._redis, _keys(app, shard, key), args)

    async def count(self, app: App, key: str) -> int:
        """How many slots are left in all shards."""
        shards = range(app.shards)
        return sum(await asyncio.gather(*(self._count_in(app, shard, key) for shard in shards)))

    async def _count_in(self, app: App, shard: int, key: str) -> int:
        async with reaching(Changes.NOTHING):
            counts = await cast("Awaitable[list[bytes]]", self._redis.hvals(_keys(app, shard, key)[1]))
        return sum(map(int, counts))

    async def drop(self, app: App, key: str) -> None:
        """Forget the slots of all shards."""
        for shard in range(app.shards):
            async with reaching(Changes.AT_ONCE):
                await self._redis.unlink(*_keys(app, shard, key))


def _keys(app: App, shard: int, key: str) -> tuple[str, str]:
    head = f"{tag(app, shard)}:freezing:{key}"
    return head, f"{head}:left"
