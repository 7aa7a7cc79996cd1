"""Notes in a message's shards that it is paused: workers then stop, and take nothing more of it.

The notes follow the message's status, which `messages.message_pauses` changes first.
"""

import asyncio
from datetime import datetime

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.ledger.shard_scripts import SHARDS_AT_ONCE, run
from pushgate.ledger.values import MessageShard
from pushgate.redis.scripts import portions


class PausedShards:
    """The notes of all messages. All calls raise EngineUnavailable.

    The note with the highest number of a pause counts, even if another one arrives later.
    """

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def pause(self, app: App, message_id: str, number: int, keep_until: datetime) -> None:
        """Note that this pause has begun: nobody sends the message. Idempotent."""
        await self._note(app, message_id, number, "paused", keep_until)

    async def resume(self, app: App, message_id: str, number: int, keep_until: datetime) -> None:
        """Let the message be sent again, unless a later pause has begun. Idempotent."""
        await self._note(app, message_id, number, "resumed", keep_until)

    async def _note(self, app: App, message_id: str, number: int, state: str, keep_until: datetime) -> None:
        args = number, state, to_ms(keep_until), to_ms(self._clock.now())
        for some in portions(range(app.shards), SHARDS_AT_ONCE):
            shards = (MessageShard(app, shard, message_id, keep_until) for shard in some)
            await asyncio.gather(*(run(self._redis, "pause", shard, *args) for shard in shards))
