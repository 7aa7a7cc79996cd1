"""Puts large messages aside after the store went back to an earlier time, because they may have
been sent since.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import NotFound
from pushgate.messages.lifecycle import SETTLE_AFTER
from pushgate.messages.stored import StoredEnvelope, message_key, read_field, readable, run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_QUEUES = ("dispatching", "sending", "settling", "paused", "backup:open")


class HeldMessages:
    """The held large messages of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def in_flight(self) -> set[str]:
        """Ids of messages that were being sent, or were sent a moment ago, when the store was
        copied or while it was.
        """
        found: set[bytes] = set()
        for name in _QUEUES:
            async with reaching(Changes.NOTHING):
                found.update(cast("list[bytes]", await self._redis.zrange(f"{QUEUE}:{name}", 0, -1)))
        return {message_id.decode() for message_id in found}

    async def due_before(self, at: datetime) -> set[str]:
        """Ids of scheduled messages with a push time before this instant, and of those that were
        due for a part or a step before it.
        """
        found: set[bytes] = set()
        for name in ("schedule", "families", "escalations"):
            async with reaching(Changes.NOTHING):
                due = await self._redis.zrangebyscore(f"{QUEUE}:{name}", "-inf", f"({to_ms(at)}")
            found.update(cast("list[bytes]", due))
        return {message_id.decode() for message_id in found}

    async def has_step_before(self, message_id: str, at: datetime) -> bool:
        """Whether a step of a message was due before this instant."""
        async with reaching(Changes.NOTHING):
            due = await self._redis.zscore(f"{QUEUE}:escalations", message_id)
        return due is not None and due < to_ms(at)

    async def pushed_between(self, app: str, first: datetime, last: datetime) -> set[str]:
        """Ids of the app's messages with a push time from `first` to `last`, whatever their
        status.
        """
        async with reaching(Changes.NOTHING):
            found = await self._redis.zrangebyscore(f"{QUEUE}:pushed:{app}", to_ms(first), to_ms(last))
        return {message_id.decode() for message_id in cast("list[bytes]", found)}

    async def owner(self, message_id: str) -> str:
        """The app of a message; '' where the message is forgotten."""
        async with reaching(Changes.NOTHING):
            found = await self._redis.hget(message_key(message_id), "app")
        return cast("bytes", found or b"").decode()

    async def find(self, app: str, message_id: str) -> StoredEnvelope | None:
        """A message without its content; None where the message is forgotten."""
        try:
            raw, status = await read_field(self._redis, app, message_id, "envelope")
        except NotFound:
            return None
        envelope = readable(raw)
        return StoredEnvelope(envelope, status) if envelope else None

    async def hold(self, app: str, message_id: str, until: datetime, hold_id: str) -> bool:
        """Put a message aside until its time to live is over, as part of a hold that is being made.
        Idempotent. Returns whether the message waits now.
        """
        return bool(await run(self._redis, "hold", message_id, app, to_ms(until), hold_id))

    async def ids(self, app: str) -> AsyncIterator[str]:
        """Ids of the app's messages that are put aside and have not expired."""
        key, now = f"{QUEUE}:restored:{app}", to_ms(self._clock.now())
        async with reaching(Changes.NOTHING):
            rows = cast("list[bytes]", await self._redis.zrangebyscore(key, f"({now}", "+inf"))
        for message_id in rows:
            yield message_id.decode()

    async def go_on(self, app: str, message_id: str) -> None:
        """Go on with a message that was put aside."""
        await run(self._redis, "go_on", message_id, app, to_ms(self._clock.now()))

    async def mark_sent(self, app: str, message_id: str) -> None:
        """Count a message that was put aside as sent. The caller has ended its pending
        terminals.
        """
        await run(self._redis, "mark_sent", message_id, app, to_ms(self._clock.now() + SETTLE_AFTER))

    async def release(self, app: str, message_id: str) -> None:
        """Note that a message is no longer put aside, because it was cancelled."""
        async with reaching(Changes.AT_ONCE):
            await self._redis.zrem(f"{QUEUE}:restored:{app}", message_id)

    async def forget_expired(self, app: str) -> int:
        """Forget messages whose time to live is over; returns how many wait still."""
        key = f"{QUEUE}:restored:{app}"
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            pipe.zremrangebyscore(key, "-inf", to_ms(self._clock.now()))
            pipe.zcard(key)
            _, left = cast("list[int]", await pipe.execute())
        return left
