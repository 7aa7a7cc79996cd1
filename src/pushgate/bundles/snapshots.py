"""The sums of small messages, written into the streams of events for readers that missed some."""

from collections.abc import Sequence

from redis.asyncio import Redis

from pushgate.bundles.scripts import run
from pushgate.domain.app import App
from pushgate.domain.message_id import created_ms, position_of
from pushgate.redis.scripts import Value, portions

_MESSAGES_PER_SCRIPT = 32


class SmallSnapshots:
    """The snapshots of all small messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def write(self, app: App, message_ids: Sequence[str]) -> None:
        """Write a snapshot of each message in the shard of its home, in the step that reads the
        sums.

        Nothing is written where nobody reads. A message that is not planned has no terminals. Of
        one that became a large message nothing is written: the ledger's snapshot, which comes
        first, has its sums.
        """
        by_shard: dict[int, list[tuple[Value, ...]]] = {}
        for message_id in message_ids:
            position = position_of(message_id)
            if position and position.shard < app.shards:
                place = created_ms(message_id), position.page, position.segment, position.offset
                by_shard.setdefault(position.shard, []).append(place)
        for shard, rows in by_shard.items():
            for some in portions(rows, _MESSAGES_PER_SCRIPT):
                await run(self._redis, "snapshot", app, shard, *(value for row in some for value in row))
