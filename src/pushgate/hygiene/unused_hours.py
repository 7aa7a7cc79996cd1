"""Quiet hours that no person has any more are forgotten: each value makes every plan slower.

A value that no terminal has is noted in `{app:shard}:unused` as `quiet_hours:<value>`. Who gives
the value to a person removes the note, and so does the walk over the records of people that
follows. A value whose note is left goes.
"""

from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.attributes import value_of
from pushgate.domain.clock import Clock, to_ms
from pushgate.hygiene.progress import Change, Progress
from pushgate.hygiene.unused_names import UNUSED_AFTER
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions
from pushgate.terminals.people import quiet_hours_in
from pushgate.terminals.shard_scripts import run_counting
from pushgate.terminals.terms import bucket_of_term, quiet_hours_term

_BUCKETS, _PER_STEP = 65_536, 256
_STEPS = _BUCKETS // _PER_STEP
_PER_SCRIPT = 100
_NOTE = b"quiet_hours:"


class UnusedHours:
    """Finds unused quiet hours, and forgets them. A phase of hygiene."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def run(self, app: App, shard: int, cursor: int) -> AsyncIterator[Progress]:
        """The cursor is 0 at first, then 1 and how many steps of the walk are done."""
        key = tag(app, shard)
        if cursor == 0:
            values = await self._values(key)
            if not await self._note_unused(key, values):
                return
            cursor = 1
            yield Progress(cursor, len(values))
        for step in range(cursor - 1, _STEPS):
            records = await self._find_used(key, range(step * _PER_STEP, (step + 1) * _PER_STEP))
            yield Progress(step + 2, records)
        removed, old = 0, await self._long_unused(key, await self._values(key))
        for some in portions(old, _PER_SCRIPT):
            pairs = [part for value in some for part in (value, _term(value))]
            removed += await run_counting(self._redis, "remove_unused", app, shard, "quiet_hours", *pairs)
        yield Progress(_STEPS + 1, len(old), {Change.UNUSED: removed})

    async def _values(self, key: str) -> list[bytes]:
        async with reaching(Changes.NOTHING):
            return sorted(await cast("Awaitable[set[bytes]]", self._redis.smembers(f"{key}:quiet_hours")))

    async def _note_unused(self, key: str, values: Sequence[bytes]) -> bool:
        """Note the values that no terminal has; return whether there are any."""
        if not values:
            return False
        terms = [_term(value) for value in values]
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for term in terms:
                pipe.hexists(f"{key}:terms:{bucket_of_term(term)}", term)
            in_use = await pipe.execute()
        unused = [value for value, has_slots in zip(values, in_use, strict=True) if not has_slots]
        now = to_ms(self._clock.now()) // 1000
        async with reaching(Changes.IN_STEPS), self._redis.pipeline(transaction=False) as pipe:
            for value in unused:
                pipe.hsetnx(f"{key}:unused", _NOTE + value, now)
            await pipe.execute()
        return bool(unused)

    async def _find_used(self, key: str, buckets: range) -> int:
        """Remove the notes of values that people in these buckets have; return how many people were
        looked at.
        """
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for bucket in buckets:
                pipe.hvals(f"{key}:people:{bucket:04x}")
            found = cast("list[list[bytes]]", await pipe.execute())
        records = [record for of_bucket in found for record in of_bucket]
        if used := {value for record in records if (value := quiet_hours_in(record))}:
            async with reaching(Changes.AT_ONCE):
                await self._redis.hdel(f"{key}:unused", *(_NOTE + value.encode() for value in used))
        return len(records)

    async def _long_unused(self, key: str, values: Sequence[bytes]) -> list[bytes]:
        """Those of the values whose note is left, and old enough: a process of the version before
        removes none.
        """
        if not values:
            return []
        async with reaching(Changes.NOTHING):
            notes = await cast(
                "Awaitable[list[bytes | None]]",
                self._redis.hmget(f"{key}:unused", [_NOTE + value for value in values]),
            )
        oldest = to_ms(self._clock.now()) // 1000 - UNUSED_AFTER.total_seconds()
        return [value for value, note in zip(values, notes, strict=True) if note and int(note) <= oldest]


def _term(value: bytes) -> str:
    return quiet_hours_term(str(value_of(value.decode())))
