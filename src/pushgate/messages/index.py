"""The indexes of large messages by app and status: lists, counts, and forgetting entries past their
retention.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.message import Status
from pushgate.messages.stored import run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_COUNTED = (Status.SCHEDULED, Status.DISPATCHING, Status.SENDING, Status.PAUSED)
_QUEUES = ("schedule", "dispatching", "sending", "paused")


class MessageIndex:
    """The indexes of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def ids(self, app: str, status: Status | None, before: str | None, limit: int) -> list[str]:
        """At most `limit` ids of the app's messages from newest to oldest, older than the message
        id `before`.
        """
        index = f"{QUEUE}:messages:{app}" + (f":{status}" if status else "")
        async with reaching():
            found = await self._redis.zrevrangebylex(index, f"({before}" if before else "+", "-", 0, limit)
        return [message_id.decode() for message_id in cast("list[bytes]", found)]

    async def pushed(self, app: str, before: tuple[int, str], limit: int) -> list[tuple[int, str]]:
        """At most `limit` push times (ms since the epoch) and ids of the app's messages, from the
        latest push time to the earliest, that are before this one in that order. Messages of one
        push time are in the order of their ids.
        """
        found: list[tuple[int, str]] = []
        start, more = 0, True
        while more and len(found) < limit:
            async with reaching(Changes.NOTHING):
                rows = cast(
                    "list[tuple[bytes, float]]",
                    await self._redis.zrevrangebyscore(
                        f"{QUEUE}:pushed:{app}", before[0], "-inf", start, limit, withscores=True
                    ),
                )
            found += [one for name, at in rows if (one := (int(at), name.decode())) < before]
            start, more = start + limit, len(rows) == limit
        return found[:limit]

    async def counts(self) -> Mapping[str, int]:
        """How many messages of all apps are scheduled, dispatching, sending and
        paused."""
        return await self._count([f"{QUEUE}:{name}" for name in _QUEUES])

    async def app_counts(self, app: str) -> Mapping[str, int]:
        """How many messages of one app are scheduled, dispatching, sending and
        paused."""
        return await self._count([f"{QUEUE}:messages:{app}:{status}" for status in _COUNTED])

    async def _count(self, keys: Sequence[str]) -> Mapping[str, int]:
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.zcard(key)
            counts = cast("list[int]", await pipe.execute())
        return dict(zip((status.value for status in _COUNTED), counts, strict=True))

    async def oldest_due_at(self) -> datetime | None:
        """The push time of the oldest due message that no scheduler has claimed; None where there
        is none.
        """
        async with reaching():
            rows = await self._redis.zrange(f"{QUEUE}:schedule", 0, 0, withscores=True)
        push_at = from_ms(int(rows[0][1])) if rows else None
        return push_at if push_at and push_at <= self._clock.now() else None

    async def drop_contents(self, now: datetime, limit: int = 100) -> int:
        """Drop the contents that are kept no longer, `limit` at a time; returns how many."""
        return await self._run_until_done("drop_contents", now, limit)

    async def trim(self, now: datetime, limit: int = 100) -> int:
        """Forget the index entries of messages past their retention, `limit` at a time; returns how
        many.
        """
        return await self._run_until_done("trim", now, limit)

    async def forget_some(self, app: str, limit: int = 100) -> int:
        """Forget the newest messages of an app that is deleted, `limit` at most; returns how many
        there were. Idempotent.
        """
        ids = await self.ids(app, None, None, limit)
        if ids:
            await run(self._redis, "forget", app, *ids)
        return len(ids)

    async def _run_until_done(self, name: str, now: datetime, limit: int) -> int:
        """Run a script that does at most `limit` pieces of work until fewer are left; returns how
        many were done.
        """
        total = 0
        while True:
            done = cast("int", await run(self._redis, name, to_ms(now), limit))
            total += done
            if done < limit:
                return total
