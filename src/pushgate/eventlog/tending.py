"""Maintains streams of events: trims them, deletes those that nobody reads, and begins a new epoch
where the store may have lost entries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.eventlog.entries import QUEUE_SHARD, Shard
from pushgate.eventlog.keys import all_shards, head_and_suffix, readers_key
from pushgate.redis.client import Changes, masters, reaching, server_of
from pushgate.redis.rewriting import read_run_id
from pushgate.redis.scripts import script

_MAX_CALLS = 20
"""Calls for one stream at most: each removes up to 5,000 entries for their bytes, 10,000 by age."""
ServerRuns = Mapping[Redis, str]
"""The name of each server's run, by the client of the server."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a stream may hold: entries since an instant, and bytes of all streams of an app,
    about.
    """

    keep_since: datetime
    max_bytes: int


class StreamTending:
    """Maintains the streams of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._seen: dict[tuple[App, Shard], bytes] = {}
        """The last places that were seen. A stream that ends before its place has lost entries."""

    async def server_runs(self) -> ServerRuns:
        """Name the runs of the servers: another run may have lost the last writes."""
        return {server: await read_run_id(server) for server in await masters(self._redis)}

    async def roll_back(self, app: App, shard: int | None, lost_from: datetime) -> None:
        """Let the readers of a shard's stream know that it lost writes since an instant; None for
        the stream of the app's own events.
        """
        head, suffix = head_and_suffix(app, QUEUE_SHARD if shard is None else shard)
        args = suffix, to_ms(lost_from) // 1000
        await script("pushgate.eventlog", "roll_back")(self._redis, [head], args)

    async def tend(self, app: App, server_runs: ServerRuns, now: datetime, limits: Limits) -> None:
        """Maintain the streams of an app that somebody reads.

        Entries beyond the limits are removed, even if readers have not read them.
        """
        shards = all_shards(app)
        max_bytes = limits.max_bytes // app.shards
        for shard in await self._read_ones(app, shards):
            head, suffix = head_and_suffix(app, shard)
            run = server_runs.get(await server_of(self._redis, head))
            if run is None:  # the stream has just moved: the next look is soon enough
                continue
            args = suffix, to_ms(now), to_ms(limits.keep_since), max_bytes, run
            for _ in range(_MAX_CALLS):
                seen = self._seen.get((app, shard), b"")
                answer = await script("pushgate.eventlog", "tend")(self._redis, [head], [*args, seen])
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
