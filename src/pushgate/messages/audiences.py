"""The listed audiences of messages, read in pieces: no audience is ever in memory as a whole."""

import itertools
from collections.abc import AsyncIterator, Awaitable
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.audience import Audience, AudienceKind, AudienceSummary
from pushgate.messages.codec import piece
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE


class MessageAudiences:
    """The listed audiences of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, message_id: str, summary: AudienceSummary) -> AsyncIterator[Audience]:
        """The listed audience of a message in pieces, each an audience of its own. Nothing for
        everyone.
        """
        if summary.kind is not AudienceKind.ALL:
            async for raw in self.read_raw(message_id):
                yield piece(summary.kind, raw)

    async def read_raw(self, message_id: str) -> AsyncIterator[bytes]:
        """The pieces of a listed audience as stored: JSON arrays of items in the form of the
        API.
        """
        for index in itertools.count():
            async with reaching(Changes.NOTHING):
                raw = await cast(
                    "Awaitable[bytes | None]", self._redis.lindex(f"{QUEUE}:audience:{message_id}", index)
                )
            if raw is None:
                return
            yield raw
