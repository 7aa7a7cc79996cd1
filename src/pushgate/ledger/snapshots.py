"""The sums of large messages, written into the streams of events for readers that missed some."""

from collections.abc import Sequence

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.ledger.values import message_key
from pushgate.redis.scripts import script


class LedgerSnapshots:
    """The snapshots of all large messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def write(self, app: App, shard: int, message_ids: Sequence[str]) -> None:
        """Write a snapshot of each message in this shard, each in the step that reads the sums.

        Nothing is written where nobody reads. A message without a plan there has no terminals.
        """
        for message_id in message_ids:
            key = message_key(app, shard, message_id)
            await script("pushgate.ledger", "snapshot")(self._redis, [key], [])
