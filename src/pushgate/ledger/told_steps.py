"""Steps of escalations to a webhook: events name the terminals that the message did not reach."""

from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.clock import to_ms
from pushgate.domain.escalation import Step
from pushgate.ledger.shard_scripts import BLOCKS_PER_SCRIPT, run
from pushgate.ledger.values import MessageShard
from pushgate.redis.scripts import Value, portions


class ToldSteps:
    """The steps of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def tell(self, message_shard: MessageShard, number: int, step: Step, wanted: bitmaps.Bits) -> int:
        """Write events for slots of the message, bits by block. A slot that already has an event of
        the step with this number gets no other one. Returns how many of the blocks' slots have an
        event.
        """
        told = 0
        for some in portions(list(wanted.items()), BLOCKS_PER_SCRIPT):
            rows: list[Value] = []
            for block, bits in some:
                rows += [block, bitmaps.to_bytes(bits)]
            head = to_ms(message_shard.keep_until), number, step.unless.value
            told += cast("int", await run(self._redis, "tell_step", message_shard, *head, *rows))
        return told
