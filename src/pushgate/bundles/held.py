"""Puts small messages aside after the store went back to an earlier time, because they may have
been sent since. `home.lua` describes how.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.layout import HeldSlot, pack_place, unpack_held
from pushgate.bundles.scripts import run
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.segments import Segments
from pushgate.bundles.values import Home
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.message_id import created_ms, position_of
from pushgate.domain.outcome import FailureCode
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import Value, portions

_LONGEST_LEASE = timedelta(hours=1)
"""A claimed segment has the end of its lease in the place of its push time."""
_SEGMENTS_AT_ONCE = 200
_BUNDLES_AT_ONCE = 32
_BUNDLES_PER_HASH = 16
_FIELDS = "svwef"


@dataclass(frozen=True, slots=True)
class HeldBundle:
    """A bundle with the pending slots that are put aside, and the places of its segments."""

    number: int
    places: Sequence[tuple[int, int]]
    slots: Sequence[HeldSlot]


class HeldSmall:
    """The held small messages of all homes. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._segments = Segments(redis)

    async def hold(self, home: Home, at: datetime, hold_id: str) -> int:
        """Put aside the segments that were due before `at`, and every pending slot of a bundle.
        Returns how many segments and slots wait. A repeated call for the same hold changes nothing.
        """
        held = await self._hold_segments(home, at, hold_id) + await self._hold_bundles(home, hold_id)
        async with reaching(Changes.AT_ONCE):
            await self._redis.set(f"{tag(home.app, home.shard)}:restored", hold_id)
        return held

    async def _hold_segments(self, home: Home, at: datetime, hold_id: str) -> int:
        head, held, at_ms = tag(home.app, home.shard), 0, to_ms(at)
        for queue in ("due", "urgent"):
            async with reaching(Changes.NOTHING):
                rows = await self._redis.zrangebyscore(f"{head}:{queue}", "-inf", to_ms(at + _LONGEST_LEASE))
            for places in portions(cast("list[bytes]", rows), _SEGMENTS_AT_ONCE):
                args: list[Value] = [hold_id]
                for found in await self._segments.read(home, places):
                    if found.created_ms < at_ms and (until := _hold_until_ms(found, at_ms)):
                        args += (pack_place(found.page, found.number), until)
                if len(args) > 1:
                    held += await self._run("hold_segments", home, *args)
        return held

    async def _hold_bundles(self, home: Home, hold_id: str) -> int:
        held, now = 0, to_ms(self._clock.now())
        async with reaching(Changes.NOTHING):
            rows = await self._redis.zrange(f"{tag(home.app, home.shard)}:open", 0, -1)
        for some in portions(cast("list[bytes]", rows), _BUNDLES_AT_ONCE):
            held += await self._run("hold_bundles", home, hold_id, now, *some)
        return held

    async def segments(self, home: Home) -> list[WaitingSegment]:
        """The segments that are put aside, with the messages that wait in them."""
        places = await self._held(home, "restored-segments")
        found = await self._segments.read(home, places)
        return [segment for segment in found if segment.waiting or segment.becoming_large]

    async def segments_at(
        self, home: Home, places: Sequence[tuple[int, int]]
    ) -> Mapping[tuple[int, int], WaitingSegment]:
        """Segments by their places, whatever the state of their messages."""
        found = await self._segments.read(home, [pack_place(*place) for place in places])
        return {(segment.page, segment.number): segment for segment in found}

    async def bundles(self, home: Home) -> list[HeldBundle]:
        """The bundles with pending slots that are put aside."""
        found: list[HeldBundle] = []
        numbers = [int(number) for number in await self._held(home, "restored-bundles")]
        for some in portions(numbers, _BUNDLES_AT_ONCE):
            async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
                for number in some:
                    key = f"{tag(home.app, home.shard)}:b:{number // _BUNDLES_PER_HASH}"
                    pipe.hmget(key, [f"{number}{field}" for field in _FIELDS])
                rows = cast("list[list[bytes | None]]", await pipe.execute())
            for number, row in zip(some, rows, strict=True):
                if row[0] is None:
                    continue
                places, slots = unpack_held([value or b"" for value in row])
                if slots:
                    found.append(HeldBundle(number, places, slots))
        return found

    async def _held(self, home: Home, name: str) -> list[bytes]:
        key, now = f"{tag(home.app, home.shard)}:{name}", to_ms(self._clock.now())
        async with reaching(Changes.NOTHING):
            return cast("list[bytes]", await self._redis.zrangebyscore(key, f"({now}", "+inf"))

    async def go_on_with_segments(self, home: Home, segments: Sequence[WaitingSegment]) -> None:
        """Let the messages that wait in these segments be sent."""
        head = tag(home.app, home.shard)
        for some in portions(segments, _SEGMENTS_AT_ONCE):
            places = [pack_place(found.page, found.number) for found in some]
            due = dict.fromkeys(places, to_ms(self._clock.now()))
            async with reaching(), self._redis.pipeline(transaction=False) as pipe:
                pipe.zadd(f"{head}:due", due, xx=True)
                pipe.zadd(f"{head}:urgent", due, xx=True)
                pipe.zrem(f"{head}:restored-segments", *places)
                await pipe.execute()

    async def go_on_with_slots(self, home: Home, bundle: int, slots: Sequence[int]) -> int:
        """Let these pending slots of a bundle be sent; return how many were put aside."""
        return await self._run("go_on", home, to_ms(self._clock.now()), bundle, *slots)

    async def mark_sent(self, app: App, message_id: str) -> int:
        """Count a message as sent; return how many of its slots were pending, and are cancelled
        now. -1 where there is no such message.
        """
        position = position_of(message_id)
        if position is None or position.shard >= app.shards:
            return -1
        code = FailureCode.RESTORED
        args: list[Value] = [to_ms(self._clock.now()) // 1000, code.value, code.meaning]
        args += (created_ms(message_id), position.page, position.segment, position.offset)
        return await self._run("mark_sent", Home(app, position.shard), *args)

    async def forget_settled(self, home: Home) -> int:
        """Forget segments and bundles that are no longer put aside; return how many still wait."""
        head = tag(home.app, home.shard)
        segments = {pack_place(found.page, found.number) for found in await self.segments(home)}
        bundles = {str(found.number).encode() for found in await self.bundles(home)}
        for name, waiting in (("restored-segments", segments), ("restored-bundles", bundles)):
            async with reaching():
                known = cast("list[bytes]", await self._redis.zrange(f"{head}:{name}", 0, -1))
                if settled := set(known) - waiting:
                    await self._redis.zrem(f"{head}:{name}", *settled)
        return len(segments) + len(bundles)

    async def _run(self, name: str, home: Home, *args: Value) -> int:
        return cast("int", await run(self._redis, name, home.app, home.shard, *args))


def _hold_until_ms(found: WaitingSegment, at_ms: int) -> int:
    """When the longest time to live of the segment's waiting messages is over; 0 for a segment that
    need not be held.
    """
    if found.bodies is None or found.bodies.push_at_ms >= at_ms:
        return 0
    indexes = (*found.waiting, *found.becoming_large)
    return max((found.bodies.target(index).expires_ms for index in indexes), default=0)
