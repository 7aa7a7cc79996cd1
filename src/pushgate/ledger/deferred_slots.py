"""Deferred slots: a message is held there until quiet hours end. They are not targeted yet.

Serves the scheduler.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.outcome import State
from pushgate.domain.ranges import by_range
from pushgate.ledger.shard_scripts import BLOCKS_PER_SCRIPT, list_blocks, minute_of, read_blocks, run
from pushgate.ledger.slot_sets import DEFERRED, DEFERRED_UNTIL
from pushgate.ledger.values import Block, MessageShard, Planned, failure_label, message_key
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.replication import confirmed
from pushgate.redis.scripts import Value, portions


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many slots of a shard are deferred, and when the first of them are due."""

    count: int
    until: datetime


class DeferredSlots:
    """The deferred slots of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def waiting(self, app: App, message_id: str) -> dict[int, Waiting]:
        """The deferred slots in each shard, as a summary; shards without any are left out."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                counts = f"{message_key(app, shard, message_id)}:counts"
                pipe.hmget(counts, f"|{DEFERRED}", f"|{DEFERRED_UNTIL}")
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        return {
            shard: Waiting(int(count), from_ms(int(until or 0)))
            for shard, (count, until) in enumerate(rows)
            if count and int(count) > 0
        }

    async def blocks(self, key: str) -> dict[Block, int]:
        """The deferred slots of a shard, by block. `key` is the head of the message's keys."""
        found: dict[Block, int] = {}
        async for blocks in list_blocks(self._redis, key, DEFERRED):
            numbers = [block.number for block in blocks]
            for block, (raw,) in (await read_blocks(self._redis, key, [DEFERRED], numbers)).items():
                found[block] = bitmaps.from_bytes(raw)
        return found

    async def by_shard(self, app: App, message_id: str) -> dict[int, dict[int, int]]:
        """The deferred slots of a message as bits by range; shards without any are left out."""
        found: dict[int, dict[int, int]] = {}
        for shard in await self.waiting(app, message_id):
            blocks = await self.blocks(message_key(app, shard, message_id))
            found[shard] = by_range(bitmaps.slots({block.number: bits for block, bits in blocks.items()}))
        return found

    async def release(
        self,
        message_shard: MessageShard,
        planned: Sequence[Planned],
        arms: Sequence[bitmaps.Bits],
        until: datetime | None,
    ) -> None:
        """Target these slots, in the states in which they start. `until` is when the first of those
        that stay deferred are due, None where none does; `arms` as in a plan. If none stays
        deferred, slots that no variant has by now, because their users are held out, are no longer
        deferred, and are counted as held out.

        Harmless to repeat. Changes nothing where the message was ended.
        """
        entries = list(_entries(planned, arms))
        now = self._clock.now()
        head: tuple[Value, ...] = (to_ms(message_shard.keep_until), to_ms(now), minute_of(now))
        async with confirmed(self._redis, tag(message_shard.app, message_shard.shard)):
            for some in portions(entries, BLOCKS_PER_SCRIPT):
                flat = [value for entry in some for value in entry]
                await run(self._redis, "release_deferred", message_shard, *head, "", *flat)
            # Only now, so that the rest is still due after a crash in between.
            last = "never" if until is None else to_ms(until)
            await run(self._redis, "release_deferred", message_shard, *head, last)


def _entries(planned: Sequence[Planned], arms: Sequence[bitmaps.Bits]) -> Iterator[tuple[Value, ...]]:
    """What `release_deferred.lua` takes: an entry for each block, state and variant."""
    for item in planned:
        number, label = item.block.number, _label(item)
        if not arms:
            yield number, bitmaps.to_bytes(item.bits), item.state.value, label, ""
        for arm, slots in enumerate(arms):
            if bits := item.bits & slots.get(number, 0):
                yield number, bitmaps.to_bytes(bits), item.state.value, label, arm


def _label(item: Planned) -> str:
    """The label of a failure; of pending slots that for which they expire without an attempt."""
    return failure_label(item.failure, State.EXPIRED if item.state is State.PENDING else item.state)
