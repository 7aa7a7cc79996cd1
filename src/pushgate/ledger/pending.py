"""Pending slots: lists them by block, finds those that nobody sends, and ends them.

Serves the scheduler, recovery and cancellation.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.outcome import State
from pushgate.ledger.shard_scripts import (
    BLOCKS_PER_SCRIPT,
    FIRST_CURSOR,
    SHARDS_AT_ONCE,
    list_blocks,
    minute_of,
    parse_blocks,
    run,
)
from pushgate.ledger.values import Block, MessageShard
from pushgate.redis.client import Changes, reaching
from pushgate.redis.scripts import portions

_PART = 134
"""Bytes of a part of `:tried`, whose last ones are bits."""


class PendingBlocks:
    """The pending slots of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def blocks(self, message_shard: MessageShard) -> list[Block]:
        """The blocks with pending slots."""
        found: dict[Block, None] = {}
        async for blocks in list_blocks(self._redis, message_shard.key, State.PENDING.value):
            found |= dict.fromkeys(blocks)
        return list(found)

    async def tried(self, message_shard: MessageShard, blocks: Sequence[Block]) -> dict[Block, int]:
        """The slots of these blocks that were tried or put off, including those that have ended
        since; blocks without any are left out.
        """
        numbers = [str(block.number) for block in blocks]
        async with reaching(Changes.NOTHING):
            rows = await cast(
                "Awaitable[list[bytes | None]]", self._redis.hmget(f"{message_shard.key}:tried", numbers)
            )
        return {block: _slots(row) for block, row in zip(blocks, rows, strict=True) if row}

    async def end(self, app: App, message_id: str, keep_until: datetime, state: State) -> int:
        """End all pending slots of a message as cancelled or expired; returns how many. Idempotent.

        Shards without a plan do not get one afterwards.
        """
        total = 0
        for some in portions(range(app.shards), SHARDS_AT_ONCE):
            ends = (self._end(MessageShard(app, shard, message_id, keep_until), state) for shard in some)
            total += sum(await asyncio.gather(*ends))
        return total

    async def _end(self, message_shard: MessageShard, state: State) -> int:
        """End the pending slots of one shard; returns how many."""
        head = state.value, to_ms(message_shard.keep_until), minute_of(self._clock.now())
        cursor, done, total = FIRST_CURSOR, 0, 0
        while not done:
            answer = await run(self._redis, "end", message_shard, *head, cursor, BLOCKS_PER_SCRIPT)
            done, cursor, ended = cast("tuple[int, bytes, int]", answer)
            total += ended
        return total

    async def find_stuck(
        self,
        message_shard: MessageShard,
        submitted_before: datetime,
        retry_before: datetime,
        limit: int,
    ) -> tuple[int, list[Block]]:
        """How many terminals of the shard are open, and the blocks with pending slots that nobody
        is going to send.

        Nobody has a lease on such a block, and its job was submitted before `submitted_before`, or
        its retry was due before `retry_before`. The blocks count as submitted now. A few more than
        `limit` may be found.
        """
        args = to_ms(self._clock.now()), to_ms(submitted_before), to_ms(retry_before)
        cursor, read = FIRST_CURSOR, 0
        found: dict[Block, None] = {}
        while True:
            answer = await run(self._redis, "find_stuck", message_shard, *args, cursor, BLOCKS_PER_SCRIPT)
            cursor, still_open, blocks, *flat = cast("tuple[bytes, int, int, bytes]", answer)
            read += blocks
            found |= dict.fromkeys(parse_blocks(flat))
            if cursor == FIRST_CURSOR or len(found) >= limit:
                break
        if not read and still_open:
            still_open = await self._close_reserved(message_shard)
        return still_open, list(found)

    async def _close_reserved(self, message_shard: MessageShard) -> int:
        """Close the reserved terminals of blocks that no worker holds; return how many terminals
        are still open.
        """
        cursor = FIRST_CURSOR
        while True:
            answer = await run(self._redis, "close_reserved", message_shard, cursor, BLOCKS_PER_SCRIPT)
            cursor, still_open = cast("tuple[bytes, int]", answer)
            if cursor == FIRST_CURSOR:
                return still_open


def _slots(parts: bytes) -> int:
    bits = 0
    for end in range(_PART, len(parts) + 1, _PART):
        bits |= bitmaps.from_bytes(parts[end - bitmaps.BYTES_PER_BLOCK : end])
    return bits
