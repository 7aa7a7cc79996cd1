"""The due times of the blocks of a message that is spread over time.

They are kept beside the pending slots. Before its due time, only the job that waited for a block
may take it, and recovery does not count the block as lost.
"""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import from_ms, to_ms
from pushgate.ledger.shard_scripts import list_blocks
from pushgate.ledger.values import MessageShard
from pushgate.redis.client import Changes, reaching
from pushgate.redis.scripts import portions

_AT_ONCE = 500
"""Blocks of one command."""
_RETRY = b"retry "


class DueBlocks:
    """The due times of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def count_targeted(self, message_shard: MessageShard) -> int:
        """How many blocks of the shard the message is for."""
        found: set[int] = set()
        async for blocks in list_blocks(self._redis, message_shard.key, "targeted"):
            found.update(block.number for block in blocks)
        return len(found)

    async def read(
        self, message_shard: MessageShard, numbers: Sequence[int], now: datetime
    ) -> dict[int, datetime]:
        """The due times of the blocks among these that are due later than `now`."""
        found: dict[int, datetime] = {}
        for some in portions(numbers, _AT_ONCE):
            async with reaching(Changes.NOTHING):
                rows = await cast(
                    "Awaitable[list[bytes | None]]",
                    self._redis.hmget(f"{message_shard.key}:waiting", list(map(str, some))),
                )
            for number, row in zip(some, rows, strict=True):
                if row is not None and row.startswith(_RETRY):
                    found[number] = from_ms(int(row[len(_RETRY) :]))
        return {number: due_at for number, due_at in found.items() if due_at > now}

    async def write(self, message_shard: MessageShard, due: Mapping[int, datetime]) -> None:
        """Let nobody take these blocks before they are due."""
        key = f"{message_shard.key}:waiting"
        rows = [(str(number), b"%s%d" % (_RETRY, to_ms(at))) for number, at in due.items()]
        for some in portions(rows, _AT_ONCE):
            async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(key, mapping=dict(some))
                pipe.pexpireat(key, to_ms(message_shard.keep_until))
                await pipe.execute()
