"""Finds waiting small messages by the names that they list."""

from collections.abc import Awaitable, Iterator
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.audiences.mentions import Names, lists_any
from pushgate.bundles.body_format import to_audience
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.segments import Segments
from pushgate.bundles.values import Home
from pushgate.domain.app import App
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag

_QUEUES = ("due", "urgent")
_SEGMENTS_AT_ONCE = 50


class ScheduledPlace(NamedTuple):
    """Where a search goes on: a home, a queue of the home, and Redis's cursor into the queue."""

    shard: int = 0
    queue: int = 0
    cursor: int = 0


class ScheduledSmall:
    """Searches the waiting messages of all homes. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._segments = Segments(redis)

    async def naming(
        self, app: App, names: Names, place: ScheduledPlace
    ) -> tuple[list[str], ScheduledPlace | None]:
        """Search some waiting messages from a place on; returns the ids of those that list one of
        the names, and where to go on, None at the end.

        A message may be found twice.
        """
        key = f"{tag(app, place.shard)}:{_QUEUES[place.queue]}"
        async with reaching(Changes.NOTHING):
            cursor, rows = await cast(
                "Awaitable[tuple[int, list[tuple[bytes, float]]]]",
                self._redis.zscan(key, place.cursor, count=_SEGMENTS_AT_ONCE),
            )
        home = Home(app, place.shard)
        segments = await self._segments.read(home, [member for member, _ in rows])
        found = [message_id for segment in segments for message_id in _naming(home, segment, names)]
        if cursor:
            return found, ScheduledPlace(place.shard, place.queue, cursor)
        if place.queue + 1 < len(_QUEUES):
            return found, ScheduledPlace(place.shard, place.queue + 1)
        return found, ScheduledPlace(place.shard + 1) if place.shard + 1 < app.shards else None


def _naming(home: Home, segment: WaitingSegment, names: Names) -> Iterator[str]:
    """The ids of the segment's waiting messages that list one of the names."""
    if segment.bodies is None:
        return
    bodies = segment.bodies.segment.bodies
    for index in segment.waiting:
        if lists_any(to_audience(bodies[index])[0], names):
            yield segment.message_id(home.shard, index)
