"""The progress of each webhook: lanes and their leases, places, begun deliveries, and the log of
attempts. `hold_lanes.lua` and `finish_attempt.lua` list the keys.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, script
from pushgate.webhooks.delivery import Attempt, Delivery
from pushgate.webhooks.webhook import Webhook

LANES = 4
"""Requests of one webhook in flight at once, of all senders together."""
MAX_ATTEMPTS_KEPT = 100
_PACKAGE = "pushgate.webhooks"


@dataclass(frozen=True, slots=True)
class Lane:
    """A part of a webhook's shards, held by one sender. It makes one request at a time."""

    app: str
    webhook: str
    holder: str
    number: int


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """Who holds lanes, and for how long without a sign of life."""

    holder: str
    length: timedelta


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a shard: everything before `place` is delivered; `begun` is the delivery that
    was tried last.
    """

    place: str
    begun: Delivery | None = None


class DeliveryStore:
    """The state of all webhooks. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def hold(self, webhook: Webhook, lanes: int, terms: LeaseTerms, wanted: int) -> frozenset[int]:
        """Hold up to `wanted` of a webhook's lanes: first those that the holder has, then free
        ones.

        Lanes beyond `wanted` are given up. Returns the numbers of the held lanes.
        """
        args: list[Value] = [webhook.app, webhook.id, terms.holder, _ms(terms.length), wanted, lanes]
        return frozenset(cast("list[int]", await self._run("hold_lanes", args)))

    async def progress(self, lane: Lane) -> Mapping[str, Progress]:
        """The progress of each shard of a lane."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[Mapping[bytes, bytes]]", self._redis.hgetall(_state(lane)))
        state = {name.decode(): value for name, value in raw.items()}
        shards = [name.removeprefix("at:") for name in state if name.startswith("at:")]
        return {
            shard: Progress(state[f"at:{shard}"].decode(), _decode(state.get(f"try:{shard}")))
            for shard in shards
            if lane_of(shard) == lane.number
        }

    async def begin(self, lane: Lane, stored_place: str, delivery: Delivery) -> bool:
        """Store the boundaries of a delivery before its first attempt.

        Returns False if another sender has the lane, or the stored place has changed.
        """
        return await self._begin(lane, delivery.shard, stored_place, delivery.after, delivery)

    async def advance(self, lane: Lane, shard: str, stored_place: str, place: str) -> bool:
        """Store a new place, up to which there was nothing to deliver. Returns False as `begin`
        does.
        """
        return await self._begin(lane, shard, stored_place, place, None)

    async def finish(
        self, lane: Lane, tried: Delivery, place: str, attempt: Attempt | None, again: Delivery | None
    ) -> bool:
        """Record how an attempt of `tried` ended. Either it is tried `again`, or everything before
        `place` is delivered.

        Returns False if another sender has the lane by now, or the delivery was dropped.
        """
        args = [*_names(lane), tried.shard, msgspec.json.encode(tried)]
        args += [msgspec.json.encode(again) if again else b"", place]
        args += [msgspec.json.encode(attempt) if attempt else b"", MAX_ATTEMPTS_KEPT]
        return bool(await self._run("finish_attempt", args))

    async def move(self, webhook: Webhook, places: Mapping[str, str]) -> bool:
        """Go on from these places, by shard; begun deliveries are dropped. Returns False if the
        webhook is gone.
        """
        pairs = [text for pair in places.items() for text in pair]
        return bool(await self._run("move_places", [webhook.app, webhook.id, *pairs]))

    async def attempts(self, webhook: Webhook) -> Sequence[Attempt]:
        """The last attempts, the newest first."""
        key = f"{QUEUE}:webhook:{webhook.app}:{webhook.id}:log"
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[list[bytes]]", self._redis.lrange(key, 0, -1))
        return [msgspec.json.decode(row, type=Attempt) for row in rows]

    async def _begin(
        self, lane: Lane, shard: str, stored_place: str, place: str, delivery: Delivery | None
    ) -> bool:
        written = msgspec.json.encode(delivery) if delivery else b""
        args = [*_names(lane), shard, stored_place, place, written]
        return bool(await self._run("begin_delivery", args))

    async def _run(self, name: str, args: Sequence[Value]) -> object:
        return await script(_PACKAGE, name)(self._redis, [QUEUE], args)


def lane_of(shard: str) -> int:
    """The lane that delivers a shard's events; "q" is the app's own stream."""
    return int(shard) % LANES if shard.isdecimal() else 0


def _names(lane: Lane) -> list[Value]:
    return [lane.app, lane.webhook, lane.holder, lane.number]


def _state(lane: Lane) -> str:
    return f"{QUEUE}:webhook:{lane.app}:{lane.webhook}"


def _decode(raw: bytes | None) -> Delivery | None:
    return msgspec.json.decode(raw, type=Delivery) if raw else None


def _ms(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
