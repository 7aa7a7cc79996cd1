"""The indexes of messages by app and status: pages, counts, and forgetting what is past its
retention.
"""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.message import Status
from pushgate.messages.codec import decode
from pushgate.messages.stored import StoredMessage, message_key, run
from pushgate.redis.client import reaching
from pushgate.redis.hash_tags import QUEUE

PAGE_BYTES = 1024 * 1024
"""A page of messages ends once it holds this many bytes, whatever its limit."""
_COUNTED = (Status.SCHEDULED, Status.DISPATCHING, Status.SENDING)
_QUEUES = ("schedule", "dispatching", "sending")


class MessageIndex:
    """The indexes of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def page(
        self, app: str, status: Status | None, cursor: str | None, limit: int
    ) -> tuple[list[StoredMessage], str | None]:
        """The app's messages from newest to oldest, after the message id `cursor`; and the next
        cursor.

        At most `limit` messages, and no more than one beyond `PAGE_BYTES` of them.
        """
        index = f"{QUEUE}:messages:{app}" + (f":{status}" if status else "")
        async with reaching():
            ids = cast(
                "list[bytes]",
                await self._redis.zrevrangebylex(index, f"({cursor}" if cursor else "+", "-", 0, limit + 1),
            )
            keys = [message_key(message_id.decode()) for message_id in ids[:limit]]
            shown = await self._count_that_fit(keys)
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in keys[:shown]:
                    pipe.hmget(key, ["body", "status"])
                rows = await pipe.execute()
        messages = [StoredMessage(decode(body), Status(raw.decode())) for body, raw in rows if body]
        return messages, ids[shown - 1].decode() if len(ids) > shown else None

    async def _count_that_fit(self, keys: Sequence[str]) -> int:
        """How many of these messages, from the first on, a page has room for; at least one."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hstrlen(key, "body")
            sizes = cast("list[int]", await pipe.execute())
        before = itertools.accumulate(sizes, initial=0)
        return sum(
            1
            for _ in itertools.takewhile(lambda size: size < PAGE_BYTES, itertools.islice(before, len(sizes)))
        )

    async def counts(self) -> Mapping[str, int]:
        """How many messages of all apps are scheduled, dispatching and sending."""
        return await self._count([f"{QUEUE}:{name}" for name in _QUEUES])

    async def app_counts(self, app: str) -> Mapping[str, int]:
        """How many messages of one app are scheduled, dispatching and sending."""
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

    async def trim(self, now: datetime, limit: int = 100) -> int:
        """Forget the index entries of messages past their retention, `limit` at a time; returns how
        many.
        """
        total = 0
        while True:
            trimmed = cast("int", await run(self._redis, "trim", to_ms(now), limit))
            total += trimmed
            if trimmed < limit:
                return total
