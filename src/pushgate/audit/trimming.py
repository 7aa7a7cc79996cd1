"""Removes entries from the audit log that are too old or too many."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.audit.cursor import StreamId
from pushgate.audit.streams import Stream
from pushgate.domain.clock import to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import portions

TRIMMED = f"{QUEUE}:audit-trimmed"
"""Hash: app -> until when (ms) entries were removed before their time."""
_TOGETHER = 50
_First = list[tuple[bytes, object]]


class AuditTrimming:
    """Trims streams. Calls raise EngineUnavailable.

    Streams are trimmed by whole nodes of about 50 rows, so a few more stay.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def trim(
        self, streams: Sequence[Stream], now: datetime, retention: timedelta, max_entries: int
    ) -> dict[str, int]:
        """Remove entries older than `retention`. For each app, keep at most `max_entries` rows
        about small messages and as many others.

        Returns how many rows of which app were removed before their time.
        """
        before = f"{max(0, to_ms(now - retention))}-0"
        homes: dict[str, int] = {}
        for stream in streams:
            homes[stream.app] = homes.get(stream.app, 0) + (stream.shard is not None)
        removed: dict[str, int] = {}
        for some in portions(streams, _TOGETHER):
            async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=False) as pipe:
                for stream in some:
                    share = max_entries if stream.shard is None else max_entries // homes[stream.app]
                    pipe.xtrim(stream.key, minid=before, approximate=True)
                    pipe.xtrim(stream.key, maxlen=max(1, share), approximate=True)
                counts = cast("list[int]", await pipe.execute())[1::2]
            for stream, count in zip(some, counts, strict=True):
                if count:
                    removed[stream.app] = removed.get(stream.app, 0) + count
                    await self._note(stream)
        return removed

    async def _note(self, stream: Stream) -> None:
        """Note until when rows of the stream are gone."""
        async with reaching(Changes.IN_STEPS):
            first = cast("_First", await self._redis.xrange(stream.key, count=1))
            known = await self._redis.hget(TRIMMED, stream.app)
            at_ms = max(StreamId.parse(first[0][0]).ms if first else 0, int(known or 0))
            await self._redis.hset(TRIMMED, stream.app, str(at_ms))
