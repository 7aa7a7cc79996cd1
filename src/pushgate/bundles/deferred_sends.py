"""Reads held sends of small messages whose quiet hours have ended, and releases them once the
scheduler has decided about them.

Serves the scheduler.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.bundle_values import BundleSlot
from pushgate.bundles.layout import bundle_label, pack_place, pack_slots, unpack_due, unpack_head
from pushgate.bundles.scripts import run
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.segments import Segments
from pushgate.bundles.values import Home
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.outcome import State
from pushgate.ledger.values import Failure
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.replication import confirmed
from pushgate.redis.scripts import Value

_BUNDLES_PER_HASH = 16
_FIELDS = "svwefl"


class Verdict(StrEnum):
    """The decision about a send."""

    SEND = "send"
    HOLD = "hold"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class DeferredBundle:
    """A bundle with deferred slots whose quiet hours have ended, and the places (page and number)
    of its segments.

    `digest` distinguishes the bundle from another one with the same number, as in `TakenBundle`.
    """

    number: int
    digest: str
    places: Sequence[tuple[int, int]]
    slots: Sequence[BundleSlot]


@dataclass(frozen=True, slots=True)
class Release:
    """The decision about slots. Cancelled slots have a failure; slots to be sent may have the
    reason for which they expire without an attempt. `until` is when slots that stay held are due.
    """

    verdict: Verdict
    slots: Sequence[int]
    failure: Failure | None = None
    until: datetime | None = None


class DeferredSends:
    """The deferred sends of all homes. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._segments = Segments(redis)

    async def read(self, home: Home, bundles: Sequence[int]) -> list[DeferredBundle]:
        """The bundles among these that have deferred slots whose quiet hours have ended."""
        now_s = to_ms(self._clock.now()) // 1000
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for number in bundles:
                key = f"{tag(home.app, home.shard)}:b:{number // _BUNDLES_PER_HASH}"
                pipe.hmget(key, [f"{number}{field}" for field in _FIELDS])
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        found: list[DeferredBundle] = []
        for number, row in zip(bundles, rows, strict=True):
            if row[0] is None:
                continue
            raw = [value or b"" for value in row]
            head, sends_at = unpack_head(raw[0])
            digest = hashlib.sha1(raw[0], usedforsecurity=False).hexdigest()
            slots = unpack_due(raw, sends_at, head.groups, now_s, deferred=True)
            found.append(DeferredBundle(number, digest, head.places, slots))
        return [bundle for bundle in found if bundle.slots]

    async def segments(
        self, home: Home, places: Sequence[tuple[int, int]]
    ) -> dict[tuple[int, int], WaitingSegment]:
        """Segments by their places; those that are forgotten are left out."""
        found = await self._segments.read(home, [pack_place(*place) for place in places])
        return {(segment.page, segment.number): segment for segment in found}

    async def release(self, home: Home, bundle: DeferredBundle, releases: Sequence[Release]) -> int:
        """Carry out what was decided about slots; return how many of the bundle are to be sent now.

        Harmless to repeat: slots that are not deferred any more stay as they are.
        """
        args: list[Value] = [bundle.number, bundle.digest, to_ms(self._clock.now())]
        for one in releases:
            state = State.CANCELLED if one.verdict is Verdict.CANCEL else State.EXPIRED
            until_s = int(one.until.timestamp()) if one.until else 0
            args += (one.verdict.value, bundle_label(one.failure, state), until_s, pack_slots(one.slots))
        async with confirmed(self._redis, tag(home.app, home.shard)):
            return cast("int", await run(self._redis, "release", home.app, home.shard, *args))
