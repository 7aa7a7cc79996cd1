"""Notes in the shards of a message with a canary: while the canary runs, workers get only its
terminals.

The notes follow the message's canary, which `messages.canaries` changes first.
"""

from redis.asyncio import Redis

from pushgate.domain.canary import Phase
from pushgate.domain.clock import Clock, to_ms
from pushgate.ledger.shard_scripts import run
from pushgate.ledger.values import MessageShard


class CanaryShards:
    """The notes of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def begin(self, message_shard: MessageShard) -> None:
        """Let workers send only to the canary's terminals. Changes nothing if the canary is
        over.
        """
        await self._note(message_shard, Phase.RUNNING.value)

    async def end(self, message_shard: MessageShard) -> None:
        """Let workers send the rest. Idempotent."""
        await self._note(message_shard, "over")

    async def _note(self, message_shard: MessageShard, state: str) -> None:
        args = state, to_ms(message_shard.keep_until), to_ms(self._clock.now())
        await run(self._redis, "canary", message_shard, *args)
