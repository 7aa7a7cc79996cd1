"""The audiences of messages: lists, which are read in pieces so that no list is ever whole in
memory, and expressions.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.audience import Audience, AudienceKind, AudienceSummary
from pushgate.messages.codec import piece
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE


class MessageAudiences:
    """The audiences of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, message_id: str, summary: AudienceSummary) -> AsyncIterator[Audience]:
        """The listed audience of a message in pieces, each an audience of its own; its expression
        as one. Nothing for everyone.
        """
        if summary.kind is not AudienceKind.ALL:
            async for raw in self.read_raw(message_id):
                yield piece(summary.kind, raw)

    async def read_raw(self, message_id: str) -> AsyncIterator[bytes]:
        """The audience as stored, in the form of the API: JSON arrays of the items of a list, or
        the JSON of an expression.
        """
        for index in itertools.count():
            async with reaching(Changes.NOTHING):
                raw = await cast(
                    "Awaitable[bytes | None]", self._redis.lindex(f"{QUEUE}:audience:{message_id}", index)
                )
            if raw is None:
                return
            yield raw
