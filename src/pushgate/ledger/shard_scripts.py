"""Running the ledger's scripts on one message in one shard. Each call is atomic: a terminal is in
exactly one state.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import to_ms
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard
from pushgate.redis.scripts import Value, portions, script

BLOCKS_PER_SCRIPT = 64
"""Blocks that one script plans, ends, resumes or reads: every other client waits for a script to
end.
"""
SHARDS_AT_ONCE = 16
"""Shards of a message that are planned, ended or looked at together."""
FIRST_CURSOR = b"0"
"""The cursor of a scan that begins, and of one that has ended."""


async def run(redis: Redis, name: str, message_shard: MessageShard, *args: Value) -> object:
    """Run a script of this package. Raises EngineUnavailable."""
    return await script("pushgate.ledger", name)(redis, [message_shard.key], args)


def parse_blocks(flat: Sequence[bytes | int]) -> list[Block]:
    """The blocks in a script's answer: numbers and groups by turns."""
    pairs = zip(cast("Sequence[int]", flat[::2]), cast("Sequence[bytes]", flat[1::2]), strict=True)
    return [Block(Group.parse(group.decode()), number) for number, group in pairs]


async def list_blocks(redis: Redis, key: str, name: str) -> AsyncIterator[list[Block]]:
    """The blocks that have slots in one of a message's sets, in portions; `key` is the head of the
    message's keys.

    A block that stays comes at least once. Raises EngineUnavailable.
    """
    call, cursor = script("pushgate.ledger", "list_blocks"), FIRST_CURSOR
    while True:
        cursor, *flat = cast(
            "tuple[bytes, bytes]", await call(redis, [key], [name, cursor, BLOCKS_PER_SCRIPT])
        )
        yield parse_blocks(flat)
        if cursor == FIRST_CURSOR:
            return


async def read_blocks(
    redis: Redis, key: str, names: Sequence[str], numbers: Sequence[int]
) -> dict[Block, list[bytes]]:
    """For each block what a message stores under the names, as `read_blocks.lua` says. Read in
    portions, each in one step.

    `key` is the head of the message's keys. Raises EngineUnavailable.
    """
    call, found, step = script("pushgate.ledger", "read_blocks"), dict[Block, list[bytes]](), 1 + len(names)
    for some in portions(numbers, BLOCKS_PER_SCRIPT):
        flat = cast("list[bytes]", await call(redis, [key], [len(names), *names, *some]))
        for index, number in enumerate(some):
            group, *row = flat[index * step : (index + 1) * step]
            found[Block(Group.parse(group.decode()), number)] = row
    return found


def milliseconds(duration: timedelta) -> int:
    """The duration in whole ms, as scripts take it."""
    return duration // timedelta(milliseconds=1)


def minute_of(instant: datetime) -> int:
    """The minute since the epoch, as scripts and the timeline count them."""
    return to_ms(instant) // 60_000
