"""Names and days that no terminal has any more are forgotten.

`{app:shard}:unused` is a hash: name -> when it was first found without terminals (s). An import
that takes the name's number removes the entry.
"""

from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.hygiene.progress import Change, Progress
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions
from pushgate.terminals.shard_scripts import run_counting
from pushgate.terminals.terms import bucket_of_term

UNUSED_AFTER = timedelta(days=1)
"""A name goes when it was found unused twice, so long apart: an import may have taken the name's
number and not have written its terminals yet.
"""
_PER_SCRIPT = 100
_NAMES_PER_SCAN = 200


class UnusedNames:
    """Finds unused names and days, and forgets them. A phase of hygiene."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def run(self, app: App, shard: int, cursor: int) -> AsyncIterator[Progress]:
        """The cursor is that of a scan of names, 0 at first."""
        key = tag(app, shard)
        async with reaching(Changes.NOTHING):
            days = await cast("Awaitable[set[bytes]]", self._redis.smembers(f"{key}:days"))
        removed = await self._remove(app, shard, "days", await self._unused(app, shard, list(days)))
        yield Progress(cursor, len(days), {Change.UNUSED: removed})
        while True:
            async with reaching(Changes.NOTHING):
                cursor, names = await cast(
                    "Awaitable[tuple[int, dict[bytes, bytes]]]",
                    self._redis.hscan(f"{key}:names", cursor, count=_NAMES_PER_SCAN),
                )
            candidates = [name for name in names if name != b"#"]
            unused = await self._unused(app, shard, candidates)
            old = await self._long_unused(key, candidates, unused)
            removed = await self._remove(app, shard, "names", old)
            yield Progress(cursor, len(names), {Change.UNUSED: removed})
            if not cursor:
                return

    async def _unused(self, app: App, shard: int, terms: Sequence[bytes]) -> list[bytes]:
        """Those of these terms that have no slots."""
        if not terms:
            return []
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for term in terms:
                pipe.hexists(f"{tag(app, shard)}:terms:{bucket_of_term(term.decode())}", term)
            known = await pipe.execute()
        return [term for term, has_slots in zip(terms, known, strict=True) if not has_slots]

    async def _long_unused(self, key: str, names: Sequence[bytes], unused: Sequence[bytes]) -> list[bytes]:
        """Those of the unused names that were unused before; others are noted for the next time."""
        if not names:
            return []
        notes, now = f"{key}:unused", to_ms(self._clock.now()) // 1000
        async with reaching(Changes.NOTHING):
            raws = await cast("Awaitable[list[bytes | None]]", self._redis.hmget(notes, list(names)))
        noted = {name: int(raw) for name, raw in zip(names, raws, strict=True) if raw}
        old = [name for name in unused if now - noted.get(name, now) >= UNUSED_AFTER.total_seconds()]
        new = [name for name in unused if name not in noted]
        over = [name for name in noted if name not in unused]
        if new or over:
            async with reaching(Changes.IN_STEPS), self._redis.pipeline(transaction=False) as pipe:
                for name in new:
                    pipe.hset(notes, name, now)
                for name in over:
                    pipe.hdel(notes, name)
                await pipe.execute()
        return old

    async def _remove(self, app: App, shard: int, kind: str, terms: Sequence[bytes]) -> int:
        removed = 0
        for some in portions(terms, _PER_SCRIPT):
            removed += await run_counting(self._redis, "remove_unused", app, shard, kind, *some)
        return removed
