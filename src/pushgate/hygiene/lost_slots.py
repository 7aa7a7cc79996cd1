"""Slots that were given out to an import which did not finish become free again.

`{app:shard}:suspects` is a hash: block -> when slots of it were found without a row (s, 4 bytes),
then their offsets (2 bytes each).
"""

import struct
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.hygiene.progress import Change, Progress
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions
from pushgate.terminals.shard_scripts import run, run_counting

LOST_AFTER = timedelta(days=1)
"""A slot that was found without a row twice, so long apart, is lost. An import writes within
seconds what it reserved.
"""
_FORGET_AFTER = timedelta(days=14)
"""An older finding may be of another reservation."""
_BLOCKS_PER_SCRIPT, _SLOTS_PER_SCRIPT = 16, 256
_HEAD = struct.Struct("<I")


class LostSlots:
    """Finds lost slots and frees them. A phase of hygiene."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def run(self, app: App, shard: int, cursor: int) -> AsyncIterator[Progress]:
        """The cursor is a block number."""
        async with reaching(Changes.NOTHING):
            known = await self._redis.llen(f"{tag(app, shard)}:blocks")
        for blocks in portions(range(cursor, known), _BLOCKS_PER_SCRIPT):
            found = cast("list[bytes]", await run(self._redis, "find_lost_slots", app, shard, *blocks))
            freed = 0
            for block, offsets in zip(blocks, found, strict=True):
                freed += await self._check(app, shard, block, _unpack(offsets))
            yield Progress(blocks[-1] + 1, 16 * len(blocks), {Change.LOST_SLOTS: freed})

    async def _check(self, app: App, shard: int, block: int, offsets: Sequence[int]) -> int:
        """Free the slots that were without a row before; note the others for the next time."""
        key, now = f"{tag(app, shard)}:suspects", to_ms(self._clock.now()) // 1000
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[bytes | None]", self._redis.hget(key, str(block)))
        if not offsets:
            if raw:
                async with reaching(Changes.AT_ONCE):
                    await self._redis.hdel(key, str(block))
            return 0
        seen = _HEAD.unpack_from(raw)[0] if raw else 0
        if raw and now - seen < LOST_AFTER.total_seconds():
            return 0
        lost: list[int] = []
        if raw and now - seen < _FORGET_AFTER.total_seconds():
            lost = sorted({*offsets} & {*_unpack(raw[_HEAD.size :])})
        first, freed = block * bitmaps.SLOTS_PER_BLOCK, 0
        for some in portions([first + offset for offset in lost], _SLOTS_PER_SCRIPT):
            freed += await run_counting(self._redis, "free_lost_slots", app, shard, now, *some)
        async with reaching(Changes.AT_ONCE):
            await self._redis.hset(key, str(block), _HEAD.pack(now) + _pack(offsets))
        return freed


def _unpack(raw: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(raw) // 2}H", raw)


def _pack(offsets: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(offsets)}H", *offsets)
