"""Claims of schedulers on due messages: each message is held by one scheduler at a time, under a
lease.
"""

from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import to_ms
from pushgate.domain.message import Envelope, Status
from pushgate.messages.stored import message_key, readable, run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

WAKE_CHANNEL = f"{QUEUE}:wake"
"""The channel on which a script publishes the push time (ms since the epoch) of a message that it
made due.
"""

_PAUSED_DELAY = timedelta(seconds=1)
"""After this time a due message of a paused app is due again."""


class MessageClaims:
    """Claims on due messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def claim(
        self, now: datetime, lease: timedelta, holder: str, limit: int, paused: Sequence[str] = ()
    ) -> list[Envelope]:
        """Claim at most `limit` due messages. No two callers claim the same one.

        A message whose lease ran out is due, too. Messages of `paused` apps stay, and are due again
        soon.
        """
        claimed: list[Envelope] = []
        while True:
            head = to_ms(now), to_ms(now + lease), holder, limit - len(claimed), to_ms(now + _PAUSED_DELAY)
            answer = await run(self._redis, "claim", *head, *paused)
            staying, *rows = cast("tuple[int, *tuple[bytes, ...]]", answer)
            claimed += filter(None, map(readable, rows))
            if not staying or len(claimed) >= limit:
                return claimed

    async def renew(self, message_id: str, holder: str, lease_until: datetime) -> Status | None:
        """Hold a claimed message longer. Returns its status, None where somebody else holds it by
        now.
        """
        return await self._run_as_holder("renew", message_id, holder, lease_until)

    async def mark_submitted(self, message_id: str, holder: str, next_check_at: datetime) -> Status | None:
        """End a claim because all jobs of the message are submitted. Recovery checks it from
        `next_check_at` on.

        Returns the message's status, None where somebody else holds it by now.
        """
        return await self._run_as_holder("mark_submitted", message_id, holder, next_check_at)

    async def put_back(self, message_id: str, holder: str, due_at: datetime) -> Status | None:
        """Give up a claim, so that a scheduler claims the message from `due_at` on.

        Returns the message's status, None where somebody else holds it by now.
        """
        return await self._run_as_holder("put_back", message_id, holder, due_at)

    async def due_times(self, until: datetime, limit: int) -> Sequence[int]:
        """Push times up to `until` of at most `limit` scheduled messages, in ms since the epoch,
        earliest first.
        """
        async with reaching():
            rows = await self._redis.zrangebyscore(
                f"{QUEUE}:schedule", "-inf", to_ms(until), start=0, num=limit, withscores=True
            )
        return [int(score) for _, score in cast("list[tuple[bytes, float]]", rows)]

    async def was_replanned(self, message_id: str) -> bool:
        """Whether the message has lost its plan in some shard before."""
        async with reaching(Changes.NOTHING):
            replanned = self._redis.hget(message_key(message_id), "replanned")
            return bool(await cast("Awaitable[bytes | None]", replanned))

    async def _run_as_holder(
        self, name: str, message_id: str, holder: str, instant: datetime
    ) -> Status | None:
        answer = cast("bytes | None", await run(self._redis, name, message_id, holder, to_ms(instant)))
        return Status(answer.decode()) if answer else None
