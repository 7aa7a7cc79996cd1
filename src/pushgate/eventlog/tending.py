"""Streams of events looked after: trimmed, left where nobody reads, and begun anew where the store
may have lost entries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.eventlog.entries import Shard
from pushgate.eventlog.keys import all_shards, head_and_suffix, readers_key
from pushgate.redis.client import Changes, reaching
from pushgate.redis.scripts import script

_MAX_CALLS = 20
"""Calls for one stream at most: each removes up to 5,000 entries for their bytes, 10,000 by age."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a stream may hold: entries since an instant, and bytes of all streams of an app,
    about.
    """

    keep_since: datetime
    max_bytes: int


class StreamTending:
    """Looks after the streams of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._seen: dict[tuple[App, Shard], bytes] = {}
        """The last places that were seen: a stream that ends before lost entries."""

    async def server_run(self) -> str:
        """Names the run of the server: another one may have lost the last writes."""
        async with reaching(Changes.NOTHING):
            found = cast("dict[str, object]", await self._redis.info("server"))
        return str(found.get("run_id", ""))

    async def tend(self, app: App, server_run: str, now: datetime, limits: Limits) -> None:
        """Look after the streams of an app, as far as somebody reads them.

        Entries go that are beyond the limits, whoever has not read them.
        """
        shards = all_shards(app)
        max_bytes = limits.max_bytes // app.shards
        args = to_ms(now), to_ms(limits.keep_since), max_bytes, server_run
        for shard in await self._read_ones(app, shards):
            head, suffix = head_and_suffix(app, shard)
            for _ in range(_MAX_CALLS):
                seen = self._seen.get((app, shard), b"")
                answer = await script("pushgate.eventlog", "tend")(self._redis, [head], [suffix, *args, seen])
                place, has_more = cast("tuple[bytes, int]", answer)
                self._note(app, shard, place)
                if not has_more:
                    break

    def _note(self, app: App, shard: Shard, place: bytes) -> None:
        if place:
            self._seen[app, shard] = place
        else:
            self._seen.pop((app, shard), None)

    async def _read_ones(self, app: App, shards: Sequence[Shard]) -> list[Shard]:
        """The streams that have readers."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in shards:
                pipe.exists(readers_key(app, shard))
            answers = cast("list[int]", await pipe.execute())
        for shard, has_readers in zip(shards, answers, strict=True):
            if not has_readers:
                self._seen.pop((app, shard), None)
        return [shard for shard, has_readers in zip(shards, answers, strict=True) if has_readers]
