"""The end of a message: finished by workers, checked and corrected by recovery.

A finished message is checked once more later, because a worker may have counted its open terminals
too early.
"""

from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.message import Status
from pushgate.messages.stored import StoredEnvelope, readable, run
from pushgate.redis.client import reaching
from pushgate.redis.hash_tags import QUEUE

SETTLE_AFTER = timedelta(seconds=60)
"""How long after its end a message is checked for the last time."""


class MessageLifecycle:
    """The status of messages that are being sent or were sent. All calls raise
    EngineUnavailable.
    """

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def finish(self, app: str, message_id: str) -> None:
        """Mark a message without open terminals as sent. A cancelled message stays cancelled.
        Idempotent.
        """
        last_check_at = to_ms(self._clock.now() + SETTLE_AFTER)
        await run(self._redis, "finish", message_id, app, last_check_at)

    async def settle(self, app: str, message_id: str) -> None:
        """End the checks of a message whose last check found nothing open. Idempotent."""
        await run(self._redis, "settle", message_id, app)

    async def reopen(self, app: str, message_id: str) -> None:
        """Mark a sent message as being sent, because some of its terminals are open. Idempotent."""
        await run(self._redis, "reopen", message_id, app)

    async def check_at(self, message_id: str, at: datetime) -> None:
        """Let a message that is being sent and has no open terminals be checked next at this
        instant. Does nothing for any other message.
        """
        async with reaching():
            await self._redis.zadd(f"{QUEUE}:sending", {message_id: to_ms(at)}, xx=True)

    async def replan(self, app: str, message_id: str) -> bool:
        """Make a message that is being sent due again, because a shard has lost its plan.
        Idempotent. Returns whether it is due; a part of a family waits while another part is being
        planned.
        """
        answer = await run(self._redis, "replan", message_id, app, to_ms(self._clock.now()))
        return bool(answer) and cast("list[bytes]", answer)[1] == Status.DISPATCHING.value.encode()

    async def note_lost_plan(self, app: str, message_id: str) -> Status | None:
        """Note that a part of a family has lost its plan in a shard, and is about to be planned
        there again. Returns its status, None where it is forgotten. Idempotent.
        """
        answer = cast("list[bytes] | None", await run(self._redis, "note_lost_plan", message_id, app))
        return Status(answer[0].decode()) if answer else None

    async def unfinished(self, now: datetime, next_check_at: datetime, limit: int) -> list[StoredEnvelope]:
        """Messages that are due for a check: being sent, or cancelled with terminals that may be
        pending.

        Each is due again at `next_check_at`.
        """
        return await due_for_check(self._redis, "sending", now, next_check_at, limit)

    async def settling(self, now: datetime, next_check_at: datetime, limit: int) -> list[StoredEnvelope]:
        """Finished messages that are due for their last check. Each is due again at
        `next_check_at`.
        """
        return await due_for_check(self._redis, "settling", now, next_check_at, limit)


async def due_for_check(
    redis: Redis, index: str, now: datetime, next_check_at: datetime, limit: int
) -> list[StoredEnvelope]:
    """Messages of an index that are due for a check. Each is due again at `next_check_at`.

    Raises EngineUnavailable.
    """
    args = to_ms(now), to_ms(next_check_at), limit, index
    flat = cast("list[bytes]", await run(redis, "due_for_check", *args))
    rows = zip(map(readable, flat[1::2]), flat[::2], strict=True)
    return [StoredEnvelope(envelope, Status(status.decode())) for envelope, status in rows if envelope]
