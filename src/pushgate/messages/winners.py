"""Decides which variant the rest of a message gets: once, however many callers and schedulers try.

Knows nothing of how variants are compared.
"""

from collections.abc import Awaitable
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.clock import to_ms
from pushgate.domain.errors import NotFound
from pushgate.domain.experiment import Decision
from pushgate.domain.message import Status
from pushgate.messages.stored import message_key, run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replication import confirmed

_decode = msgspec.json.Decoder(Decision).decode


class Winners:
    """The winners of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def find(self, message_id: str) -> Decision | None:
        """The queue's decision on a message, None while there is none. If the queue went back to an
        earlier state, shards may still have one.
        """
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[bytes | None]", self._redis.hget(message_key(message_id), "winner"))
        return _decode(raw) if raw else None

    async def decide(
        self,
        app: str,
        message_id: str,
        decision: Decision,
        event: bytes,
        in_place_of: Decision | None = None,
    ) -> tuple[Decision | None, Status]:
        """Decide, unless there is a decision; `event` reports it to readers. A scheduler then sends
        the rest. A decision that equals `in_place_of` is replaced.

        Returns the decision that holds, None where the message is not being sent, and its status.
        Raises NotFound.
        """
        later = msgspec.json.encode(in_place_of) if in_place_of else b""
        args = msgspec.json.encode(decision), event, to_ms(decision.at), later
        async with confirmed(self._redis, QUEUE):
            answer = cast("list[bytes] | None", await run(self._redis, "decide", message_id, app, *args))
        if answer is None:
            raise NotFound(f"there is no message {message_id}")
        return (_decode(answer[0]) if answer[0] else None), Status(answer[1].decode())
