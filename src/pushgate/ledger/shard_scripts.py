"""Running the ledger's scripts on one message in one shard. Each call is atomic: a terminal is in
exactly one state.
"""

from datetime import datetime, timedelta

from redis.asyncio import Redis

from pushgate.domain.clock import to_ms
from pushgate.ledger.values import MessageShard
from pushgate.redis.scripts import Value, script

BLOCKS_PER_SCRIPT = 64
"""Blocks that one script plans, ends, resumes or reads: every other client waits for a script to
end.
"""
FIRST_CURSOR = b"0"
"""The cursor of a scan that begins, and of one that has ended."""


async def run(redis: Redis, name: str, message_shard: MessageShard, *args: Value) -> object:
    """Run a script of this package. Raises EngineUnavailable."""
    return await script("pushgate.ledger", name)(redis, [message_shard.key], args)


def milliseconds(duration: timedelta) -> int:
    """The duration in whole ms, as scripts take it."""
    return duration // timedelta(milliseconds=1)


def minute_of(instant: datetime) -> int:
    """The minute since the epoch, as scripts and the timeline count them."""
    return to_ms(instant) // 60_000
