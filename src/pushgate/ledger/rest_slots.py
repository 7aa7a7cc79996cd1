"""The pending slots of the rest of a message with variants: listed, and cancelled where they are
left out.

Serves the scheduler.
"""

from collections.abc import Sequence

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.shard_scripts import BLOCKS_PER_SCRIPT, list_blocks, minute_of, read_blocks, run
from pushgate.ledger.slot_sets import REST
from pushgate.ledger.values import MessageShard, Planned, failure_label
from pushgate.redis.scripts import portions


class RestSlots:
    """The rest of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def pending(self, message_shard: MessageShard) -> dict[Group, dict[int, int]]:
        """The pending slots of the rest in a shard, as bits by group and block."""
        found: dict[Group, dict[int, int]] = {}
        key, names = message_shard.key, [REST, State.PENDING.value]
        async for blocks in list_blocks(self._redis, key, REST):
            numbers = [block.number for block in blocks]
            for block, rows in (await read_blocks(self._redis, key, names, numbers)).items():
                rest, pending = map(bitmaps.from_bytes, rows)
                if bits := rest & pending:
                    found.setdefault(block.group, {})[block.number] = bits
        return found

    async def leave_out(self, message_shard: MessageShard, cancelled: Sequence[Planned]) -> None:
        """Cancel pending slots, each for its failure. Harmless to repeat."""
        head = to_ms(message_shard.keep_until), minute_of(self._clock.now())
        for some in portions(cancelled, BLOCKS_PER_SCRIPT):
            rows = [
                (item.block.number, bitmaps.to_bytes(item.bits), failure_label(item.failure, item.state))
                for item in some
            ]
            flat = [value for row in rows for value in row]
            await run(self._redis, "leave_out", message_shard, *head, *flat)
