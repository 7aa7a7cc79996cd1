"""Checks which terminals and users are registered: gathers the look-ups of all requests of one
process into few script calls.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import by_shard, tag
from pushgate.redis.scripts import Value, script
from pushgate.runtime.coalescer import Coalescer
from pushgate.runtime.lru_cache import LRUCache
from pushgate.terminals.rows import bucket_of

MAX_LOOKUPS_PER_SCRIPT = 256
_MAX_COALESCERS = 1024
"""Coalescers that are kept. One that is evicted still answers those who wait for it."""
_Fetch = Callable[[App, int, Sequence[str]], Awaitable[Sequence[bool]]]


class TerminalExistence:
    """Looks up the terminals and users of all apps. All calls raise EngineUnavailable.

    For each shard of an app one script call for terminals and one for users runs at a time.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._coalescers: LRUCache[tuple[_Fetch, App, int], Coalescer[str, bool]] = LRUCache(_MAX_COALESCERS)

    async def unknown_terminals(self, app: App, terminal_ids: Sequence[str]) -> set[str]:
        """The ids among these that no terminal has."""
        look_ups = [
            self._unknown(self._read_terminals, app, shard, ids)
            for shard, ids in by_shard(app, terminal_ids, str).items()
        ]
        if len(look_ups) == 1:
            return set(await look_ups[0])
        return set().union(*await asyncio.gather(*look_ups))

    async def unknown_users(self, app: App, users: Sequence[str]) -> set[str]:
        """The users among these who have no terminal."""
        unknown = list(users)
        for shard in range(app.shards):
            if not unknown:
                break
            unknown = await self._unknown(self._read_users, app, shard, unknown)
        return set(unknown)

    async def is_empty(self, app: App) -> bool:
        """Whether the app has no terminal. Does not read the slots in use."""
        for shard in range(app.shards):
            key = tag(app, shard)
            async with reaching(Changes.NOTHING):
                blocks = await self._redis.llen(f"{key}:blocks")
            async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
                for number in bitmaps.ranges_of(blocks):
                    pipe.bitpos(f"{key}:b:{number}:alive", 1)
                positions = await pipe.execute()
            if any(position >= 0 for position in positions):
                return False
        return True

    async def count_blocks(self, app: App) -> int:
        """How many blocks of slots the app's registry has."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.llen(f"{tag(app, shard)}:blocks")
            return sum(cast("list[int]", await pipe.execute()))

    async def _unknown(self, fetch: _Fetch, app: App, shard: int, names: Sequence[str]) -> list[str]:
        known = await self._look_up(fetch, app, shard, names)
        return [name for name, is_known in zip(names, known, strict=True) if not is_known]

    async def _look_up(self, fetch: _Fetch, app: App, shard: int, names: Sequence[str]) -> list[bool]:
        place = (fetch, app, shard)
        coalescer = self._coalescers.get(place)
        if coalescer is None:
            coalescer = Coalescer(partial(fetch, app, shard), MAX_LOOKUPS_PER_SCRIPT)
            self._coalescers.put(place, coalescer)
        return await coalescer.get_many(names)

    async def _read_terminals(self, app: App, shard: int, terminal_ids: Sequence[str]) -> list[bool]:
        pairs = [part for terminal_id in terminal_ids for part in (terminal_id, bucket_of(terminal_id))]
        return await self._run("known_terminals", app, shard, pairs)

    async def _read_users(self, app: App, shard: int, users: Sequence[str]) -> list[bool]:
        return await self._run("known_users", app, shard, users)

    async def _run(self, name: str, app: App, shard: int, args: Sequence[Value]) -> list[bool]:
        answer = await script("pushgate.terminals", name)(self._redis, [tag(app, shard)], args)
        return [byte == ord("1") for byte in cast("bytes", answer)]
