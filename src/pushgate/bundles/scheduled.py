"""Small messages that wait, found by whom they list."""

from collections.abc import Awaitable, Sequence
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.audiences.mentions import Names, lists_any
from pushgate.bundles.body_format import to_audience
from pushgate.bundles.layout import SEGMENT_PLACE
from pushgate.bundles.segments import readable
from pushgate.bundles.values import CELL_BYTES, CELLS_HEAD_BYTES, CellKind
from pushgate.domain.app import App
from pushgate.domain.message_id import Position, small_id
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

    async def naming(
        self, app: App, names: Names, place: ScheduledPlace
    ) -> tuple[list[str], ScheduledPlace | None]:
        """Ids of waiting messages that list one of the names, among some from a place on; and where
        to go on, None at the end.

        A message may be found twice.
        """
        key = f"{tag(app, place.shard)}:{_QUEUES[place.queue]}"
        async with reaching(Changes.NOTHING):
            cursor, rows = await cast(
                "Awaitable[tuple[int, list[tuple[bytes, float]]]]",
                self._redis.zscan(key, place.cursor, count=_SEGMENTS_AT_ONCE),
            )
        segments = [SEGMENT_PLACE.unpack(member) for member, _ in rows]
        found = await self._in_segments(app, place.shard, segments, names)
        if cursor:
            return found, ScheduledPlace(place.shard, place.queue, cursor)
        if place.queue + 1 < len(_QUEUES):
            return found, ScheduledPlace(place.shard, place.queue + 1)
        return found, ScheduledPlace(place.shard + 1) if place.shard + 1 < app.shards else None

    async def _in_segments(
        self, app: App, shard: int, segments: Sequence[tuple[int, int]], names: Names
    ) -> list[str]:
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for page, number in segments:
                pipe.hget(f"{tag(app, shard)}:c:{page}", str(number))
                pipe.hget(f"{tag(app, shard)}:p:{page}", str(number))
            answers = cast("list[bytes | None]", await pipe.execute()) if segments else []
        found: list[str] = []
        for (page, number), raw, cells in zip(segments, answers[::2], answers[1::2], strict=True):
            bodies = readable(raw or b"")
            if bodies is None or cells is None:
                continue
            for index, body in enumerate(bodies.segment.bodies):
                at = CELLS_HEAD_BYTES + CELL_BYTES * index
                if cells[at : at + 1] == bytes((CellKind.WAITS,)) and lists_any(to_audience(body)[0], names):
                    position = Position(shard, page, number, index)
                    found.append(bodies.replaced_id or small_id(bodies.created_ms, position))
        return found
