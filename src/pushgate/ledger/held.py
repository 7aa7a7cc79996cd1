"""Holds blocks of large messages, so that nobody sends them, after the store went back to an
earlier time.
"""

from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import to_ms
from pushgate.ledger.shard_scripts import BLOCKS_PER_SCRIPT, FIRST_CURSOR, run
from pushgate.ledger.values import MessageShard


class HeldBlocks:
    """The held blocks of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def hold(self, message_shard: MessageShard, until: datetime) -> None:
        """Let nobody send the pending blocks of a message in a shard before this instant.
        Idempotent.
        """
        cursor = FIRST_CURSOR
        while True:
            args = to_ms(until), cursor, BLOCKS_PER_SCRIPT
            cursor = cast("bytes", await run(self._redis, "hold", message_shard, *args))
            if cursor == FIRST_CURSOR:
                return

    async def go_on(self, message_shard: MessageShard) -> None:
        """Let the held blocks of a message in a shard be sent. Idempotent."""
        cursor = FIRST_CURSOR
        while True:
            cursor = cast("bytes", await run(self._redis, "go_on", message_shard, cursor, BLOCKS_PER_SCRIPT))
            if cursor == FIRST_CURSOR:
                return
