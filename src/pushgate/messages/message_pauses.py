"""Pauses of single large messages: until a message is resumed, nobody claims it or checks its
pending terminals.

Pauses of a message are numbered, so that a shard can tell which of two notes is the later one.
`ledger.paused_shards` keeps notes in the shards, which stop workers.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Status
from pushgate.messages.lifecycle import due_for_check
from pushgate.messages.stored import StoredEnvelope, message_key, run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replication import confirmed


@dataclass(frozen=True, slots=True)
class PauseNumber:
    """How often a message was paused, whether it is paused now, and when it was resumed last."""

    number: int
    is_paused: bool
    resumed_at: datetime | None


class MessagePauses:
    """The pauses of all large messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def pause(self, app: str, message_id: str) -> tuple[Status, int]:
        """Pause a message that is scheduled, dispatching or being sent. The caller notes the pause
        in the shards. Idempotent.

        Returns its status, which says whether it is paused, and the number of the pause. Raises
        NotFound.
        """
        async with confirmed(self._redis, QUEUE):
            answer = cast("list[bytes] | None", await run(self._redis, "pause", message_id, app))
        if answer is None:
            raise NotFound(f"there is no message {message_id}")
        return Status(answer[1].decode()), int(answer[2])

    async def resume(self, app: str, message_id: str) -> Status:
        """End a pause: a message is sent at its push time, or dispatched at once where that is
        past. Idempotent.

        Returns the status; a message that is put aside after the store went back stays paused.
        Raises NotFound.
        """
        now = to_ms(self._clock.now())
        async with confirmed(self._redis, QUEUE):
            answer = cast("list[bytes] | None", await run(self._redis, "unpause", message_id, app, now))
        if answer is None:
            raise NotFound(f"there is no message {message_id}")
        return Status(answer[1].decode())

    async def find(self, message_id: str) -> PauseNumber:
        """The last pause of a message. Its number is 0 where it was never paused."""
        async with reaching(Changes.NOTHING):
            raw = await self._redis.hmget(message_key(message_id), ["pauses", "status", "resumed_at"])
        number, status, resumed = cast("list[bytes | None]", raw)
        is_paused = status == Status.PAUSED.value.encode()
        return PauseNumber(int(number or 0), is_paused, from_ms(int(resumed)) if resumed else None)

    async def due(self, now: datetime, next_check_at: datetime, limit: int) -> list[StoredEnvelope]:
        """Paused messages that are due for a check. Each is due again at `next_check_at`."""
        return await due_for_check(self._redis, "paused", now, next_check_at, limit)
