"""Bundles: workers lease and read them, and record outcomes; schedulers check them."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.bundle_values import VERB_STATES, Change, DueBundle, RecordedChanges, TakenBundle
from pushgate.bundles.layout import bundle_label, pack_slots, unpack_due, unpack_head, unpack_slots
from pushgate.bundles.scripts import run
from pushgate.bundles.segments import readable
from pushgate.bundles.values import Home
from pushgate.domain.clock import Clock, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.replication import Expectation, expect
from pushgate.redis.scripts import Value, portions

_FIELDS = 6
_LOOKS_AT_ONCE = 1000
_HASTENED_AT_ONCE = 16
_GRACE = timedelta(seconds=1)
"""The time from the end of a lease until a scheduler checks the bundle."""


class Bundles:
    """The bundles of all homes. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def take(self, home: Home, bundle: int, holder: str, lease: timedelta) -> TakenBundle | timedelta:
        """Take the lease on a bundle, and read the slots that are to be sent now.

        Returns how long another holder's lease still lasts, if there is one; zero if nothing is to
        be sent now.
        """
        now = to_ms(self._clock.now())
        args = bundle, holder, _milliseconds(lease), now, _milliseconds(_GRACE)
        answer = cast("list[bytes | int]", await run(self._redis, "take", home.app, home.shard, *args))
        if len(answer) <= 1:
            return timedelta(milliseconds=cast("int", answer[0]) if answer else 0)
        raw = cast("list[bytes]", answer)
        head, sends_at = unpack_head(raw[0])
        return TakenBundle(
            vendor=head.vendor,
            priority=head.priority,
            due=unpack_due(raw[:_FIELDS], sends_at, head.groups, now // 1000),
            places=head.places,
            bodies=[readable(bodies) for bodies in raw[_FIELDS:]],
            flags=raw[1],
            digest=hashlib.sha1(raw[0], usedforsecurity=False).hexdigest(),
        )

    async def record(
        self,
        home: Home,
        bundle: int,
        holder: str,
        lease: timedelta | None,
        changes: Sequence[Change],
        digest: str = "",
    ) -> RecordedChanges:
        """Record changes of slots, and renew the lease; None gives the lease up.

        The vendor's answers count once each, whoever has the lease. All other changes count only
        while `holder` has the lease. Nothing counts if the bundle has another digest than `digest`,
        unless `digest` is empty.
        """
        now = to_ms(self._clock.now())
        args: list[Value] = [bundle, holder, "" if lease is None else _milliseconds(lease)]
        args += (now, _milliseconds(_GRACE), digest)
        for change in changes:
            due_s = -(-to_ms(change.due_at) // 1000) if change.due_at else 0
            label = bundle_label(change.failure, VERB_STATES[change.verb])
            args += (change.verb.value, label, due_s, pack_slots(change.slots))
        answer = cast("list[object]", await run(self._redis, "record", home.app, home.shard, *args))
        held, still_open, *changed = answer
        return RecordedChanges(
            held=bool(held),
            open=cast("int", still_open),
            changed=[unpack_slots(raw) for raw in cast("list[bytes]", changed)],
        )

    async def expect(self, home: Home) -> Expectation | None:
        """Expect replicas to confirm the next record; None without `redis.wait_replicas`."""
        return await expect(self._redis, tag(home.app, home.shard))

    async def look_after(self, home: Home, patience: timedelta, limit: int) -> tuple[int, list[DueBundle]]:
        """Check due bundles, and end their expired slots; returns how many bundles were checked,
        and those that must be submitted or have due deferred slots.

        The returned bundles are checked again after `patience` or sooner, unless a worker takes
        them.
        """
        now, looked_at, more = to_ms(self._clock.now()), 0, True
        found: list[DueBundle] = []
        while more and looked_at < limit:
            args = now, _milliseconds(patience), limit - looked_at
            answer = await run(self._redis, "look", home.app, home.shard, *args)
            count, more, *flat = cast("tuple[int, bool, *tuple[int | bytes, ...]]", answer)
            looked_at += count
            found += (
                DueBundle(
                    number=int(number),
                    vendor=cast("bytes", vendor).decode(),
                    priority=int(priority),
                    expires_s=int(expires_s),
                    is_to_send=bool(to_send),
                    has_deferred=bool(deferred),
                    due_s=int(due_s),
                )
                for number, vendor, priority, expires_s, to_send, deferred, due_s in portions(flat, 7)
            )
        return looked_at, found

    async def open_bundles(self, home: Home, limit: int) -> list[int]:
        """At most `limit` bundles with open slots; those that must be checked soonest come
        first.
        """
        key = f"{tag(home.app, home.shard)}:open"
        async with reaching(Changes.NOTHING):
            found = await cast("Awaitable[list[bytes]]", self._redis.zrange(key, 0, limit - 1))
        return [int(bundle) for bundle in found]

    async def look_soon(self, home: Home, bundles: Sequence[int], at: datetime) -> None:
        """Have bundles checked at this instant, if they would be checked later. Harmless for
        bundles that a worker has.
        """
        scores = {str(bundle): to_ms(at) for bundle in bundles}
        async with reaching(Changes.AT_ONCE):
            await self._redis.zadd(f"{tag(home.app, home.shard)}:open", scores, xx=True, lt=True)

    async def look_later(self, home: Home, instants: Mapping[int, datetime]) -> None:
        """Have bundles checked at these instants, if they would be checked sooner."""
        scores = {str(bundle): to_ms(at) for bundle, at in instants.items()}
        async with reaching(Changes.AT_ONCE):
            await self._redis.zadd(f"{tag(home.app, home.shard)}:open", scores, xx=True, gt=True)

    async def hasten(self, home: Home, vendor: str) -> AsyncIterator[int]:
        """Have pending sends to the vendor made now instead of later; yields how many, portion by
        portion. Bundles that workers have stay as they are.
        """
        key, now = f"{tag(home.app, home.shard)}:open", to_ms(self._clock.now())
        async with reaching(Changes.NOTHING):
            rows = await self._redis.zrangebyscore(key, f"({now}", "+inf")
        for some in portions(cast("list[bytes]", rows), _HASTENED_AT_ONCE):
            answer = await run(self._redis, "hasten", home.app, home.shard, now, vendor, *some)
            yield cast("int", answer)

    async def look_at_all(self, home: Home, at: datetime) -> None:
        """Have all open bundles of a home checked at this instant, if they would be checked later.
        Harmless for bundles that workers have.
        """
        key = f"{tag(home.app, home.shard)}:open"
        while True:
            async with reaching(Changes.NOTHING):
                rows = await self._redis.zrangebyscore(
                    key, f"({to_ms(at)}", "+inf", start=0, num=_LOOKS_AT_ONCE
                )
            if not rows:
                return
            await self.look_soon(home, [int(number) for number in cast("list[bytes]", rows)], at)


def _milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
