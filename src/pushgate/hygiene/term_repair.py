"""Terms are compared with the rows that they follow from, and mended."""

from collections.abc import AsyncIterator, Awaitable
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.hygiene.progress import Change, Progress
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions
from pushgate.terminals.shard_scripts import run, run_counting

_ROWS_PER_SCRIPT = 64
_TERMS_PER_SCRIPT = 8
_BUCKETS = 65_536
_BUCKETS_PER_SCRIPT, _ENOUGH_TERMS = 1024, 1000
_RANGES_PER_SCRIPT = 8
_TERMS_A_SLOT = 8
"""To look at a slot in one term costs a part of what it costs to look at all terms of a row."""


class RowTerms:
    """Adds slots that terms lack, and counts anew how long attributes are. A phase of hygiene."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def run(self, app: App, shard: int, cursor: int) -> AsyncIterator[Progress]:
        """The cursor is a block number."""
        async with reaching(Changes.NOTHING):
            known = await self._redis.llen(f"{tag(app, shard)}:blocks")
        for block in range(cursor, known):
            first = block * bitmaps.SLOTS_PER_BLOCK
            added = corrected = 0
            for slots in portions(range(first, first + bitmaps.SLOTS_PER_BLOCK), _ROWS_PER_SCRIPT):
                counts = cast("list[int]", await run(self._redis, "mend_rows", app, shard, *slots))
                added, corrected = added + counts[0], corrected + counts[1]
            changes = {Change.MISSING_TERMS: added, Change.BITS: corrected}
            if block + 1 == known:
                await run(self._redis, "end_count", app, shard, known * bitmaps.SLOTS_PER_BLOCK)
            yield Progress(block + 1, bitmaps.SLOTS_PER_BLOCK, changes)


class TermRows:
    """Removes slots that terms should not have, and stores terms that became small in less space.
    A phase of hygiene.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def run(self, app: App, shard: int, cursor: int) -> AsyncIterator[Progress]:
        """The cursor is a bucket of terms."""
        while cursor < _BUCKETS:
            end = min(cursor + _BUCKETS_PER_SCRIPT, _BUCKETS)
            answer = await run(self._redis, "list_terms", app, shard, cursor, end, _ENOUGH_TERMS)
            following, *terms = cast("tuple[int, *tuple[bytes, ...]]", answer)
            for some in portions(terms, _TERMS_PER_SCRIPT):
                counts = cast("list[int]", await run(self._redis, "mend_term", app, shard, *some))
                removed = sum(count for count in counts if count > 0)
                yield Progress(cursor, 2 * len(some), {Change.WRONG_TERMS: removed})
                for term, count in zip(some, counts, strict=True):
                    if count < 0:
                        async for slots, wrong in self._mend_ranges(app, shard, term):
                            yield Progress(cursor, slots, {Change.WRONG_TERMS: wrong})
            cursor = following
            yield Progress(cursor, 1)

    async def _mend_ranges(self, app: App, shard: int, term: bytes) -> AsyncIterator[tuple[int, int]]:
        """Yields how many slots were looked at, and how many of them were removed."""
        key = tag(app, shard).encode()
        async with reaching(Changes.NOTHING):
            found = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(key + b":t:" + term))
        for number, offsets in found.items():
            for block, members in await self._blocks_of(key, term, number, offsets):
                removed = await run_counting(self._redis, "mend_range", app, shard, term, number, block)
                yield members // _TERMS_A_SLOT + 1, removed
        while await run_counting(self._redis, "shrink_term", app, shard, term, _RANGES_PER_SCRIPT):
            yield bitmaps.SLOTS_PER_BLOCK // 2, 0

    async def _blocks_of(
        self, key: bytes, term: bytes, number: bytes, offsets: bytes
    ) -> list[tuple[int, int]]:
        """What to look at in one call each: blocks of a range, from 0 on, and how many slots they
        have. A range with few slots is looked at in one call.
        """
        if offsets != b"*":
            return [(0, len(offsets) // 2)]
        async with reaching(Changes.NOTHING):
            raw = await cast(
                "Awaitable[bytes | None]",
                self._redis.get(key + b":b:" + number + b":" + term),
            )
        return [(block, bits.bit_count()) for block, bits in bitmaps.blocks_of_range(0, raw or b"")]
