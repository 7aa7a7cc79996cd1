"""Finds the messages and terminals of slots of bundles: events name bundles and slots, but readers
want messages and terminals.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.bundles.layout import SEND, BundleHead, unpack_head
from pushgate.bundles.values import CELLS_HEAD_BYTES
from pushgate.domain.app import App
from pushgate.domain.message_id import Position, small_id
from pushgate.domain.terminal import Group
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag

_BUNDLES_PER_HASH = 16
_ORIGIN_PAGE, _ORIGIN_SEGMENT = 4, 5


@dataclass(frozen=True, slots=True)
class BundleSend:
    """A push of a small message. `terminal_shard` is `INLINE` for a token that the message brought;
    then the token's number is the slot.
    """

    message_id: str
    group: Group
    terminal_shard: int
    terminal_slot: int


class _Place(NamedTuple):
    """The page and the number of a segment."""

    page: int
    segment: int


class _Segment(NamedTuple):
    """When a segment was stored, and the place that is encoded in its first message's id."""

    created_ms: int
    first: Position


class BundleSends:
    """The sends of the bundles of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(
        self, app: App, shard: int, bundles: Collection[int]
    ) -> dict[int, Sequence[BundleSend | None]]:
        """The sends of each bundle, by slot; None where the message is forgotten. Bundles that are
        forgotten are left out.
        """
        head = tag(app, shard)
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for number in bundles:
                pipe.hget(f"{head}:b:{number // _BUNDLES_PER_HASH}", f"{number}s")
            rows = cast("list[bytes | None]", await pipe.execute())
        found = {number: (raw, *unpack_head(raw)) for number, raw in zip(bundles, rows, strict=True) if raw}
        places = {_Place(*place) for _, bundle, _ in found.values() for place in bundle.places}
        segments = await self._segments(head, shard, places)
        return {
            number: tuple(_sends(raw, bundle, sends_at, segments))
            for number, (raw, bundle, sends_at) in found.items()
        }

    async def _segments(
        self, head: str, shard: int, places: Collection[_Place]
    ) -> dict[tuple[int, int], _Segment]:
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for page, segment in places:
                pipe.hmget(f"{head}:p:{page}", [str(segment), f"{segment}o"])
            rows = cast("list[tuple[bytes | None, bytes | None]]", await pipe.execute())
        return {
            place: _Segment(int.from_bytes(cells[:CELLS_HEAD_BYTES], "big"), _first(shard, place, origin))
            for place, (cells, origin) in zip(places, rows, strict=True)
            if cells
        }


def _first(shard: int, place: _Place, origin: bytes | None) -> Position:
    """The place that is encoded in the id of a segment's first message. A replaced message keeps
    its id.
    """
    if origin is None:
        return Position(shard, place.page, place.segment, 0)
    page, offset = origin[:_ORIGIN_PAGE], origin[_ORIGIN_SEGMENT:]
    return Position(shard, int.from_bytes(page, "big"), origin[_ORIGIN_PAGE], int.from_bytes(offset, "big"))


def _sends(
    raw: bytes, bundle: BundleHead, sends_at: int, segments: dict[tuple[int, int], _Segment]
) -> Iterable[BundleSend | None]:
    for number, index, group, terminal_shard, terminal_slot in SEND.iter_unpack(raw[sends_at:]):
        segment = segments.get(bundle.places[number])
        if segment is None:
            yield None
            continue
        position = segment.first._replace(offset=segment.first.offset + index)
        message_id = small_id(segment.created_ms, position)
        yield BundleSend(message_id, bundle.groups[group], terminal_shard, terminal_slot)
