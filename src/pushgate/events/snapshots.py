"""Writes snapshots where a reader missed events: of messages that are under way, and of the latest
other messages.
"""

import asyncio
from functools import partial
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.values import Home
from pushgate.domain.app import App
from pushgate.domain.message import Status
from pushgate.domain.message_id import position_of
from pushgate.eventlog.entries import QUEUE_SHARD, EntryId, Gap, Shard
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import portions
from pushgate.stores import Stores

MAX_LARGE, MAX_SMALL = 1000, 5000
"""Messages of a shard whose snapshots are written together."""
_MAX_LISTED = 20_000
"""Small messages of all shards that are looked at to find those of one shard."""
_MAX_BUNDLES = 1000
_IDS_PER_CALL = 100
_SHARDS_AT_ONCE = 16
_ONCE_MS = 60_000
"""How long readers from beyond the stream's end share the snapshots."""
_KEPT_MS = 3_600_000
"""How long all other readers share them. Otherwise each reader of an old place would have snapshots
written anew, and these would drive out the events.
"""
_UNDER_WAY = (Status.DISPATCHING, Status.SENDING)


class Snapshots:
    """Writes snapshots into streams. All calls raise EngineUnavailable."""

    def __init__(self, stores: Stores, redis: Redis) -> None:
        self._stores = stores
        self._redis = redis
        self._running: dict[str, asyncio.Task[EntryId]] = {}

    async def write_after_gap(self, app: App, shard: Shard, gap: Gap) -> EntryId:
        """Write snapshots of a shard's messages for readers who missed these events. Returns where
        such a reader goes on: the snapshots come after it.

        Readers share the snapshots, whatever each of them missed, because snapshots do not depend
        on readers' cursors. Readers from beyond the stream's end, which moves with the snapshots,
        go on where the first of them did. If a reader is cancelled meanwhile, writing goes on, and
        the snapshots are there when the reader comes back.
        """
        if shard == QUEUE_SHARD:
            return gap.resume
        if gap.resume < gap.after:
            return await self._write(app, shard, gap.resume, is_beyond_the_end=True)
        # What is written after a place serves all who go on there or before. The first call may
        # find others at work, who began before this gap was there.
        if await self._write(app, shard, gap.resume, is_beyond_the_end=False) < gap.resume:
            await self._write(app, shard, gap.resume, is_beyond_the_end=False)
        return gap.resume

    async def _write(self, app: App, shard: int, resume: EntryId, *, is_beyond_the_end: bool) -> EntryId:
        """Write snapshots, unless another process writes or has written them; returns the place
        after which they come.
        """
        name = f"{app.name}:{shard}:{'end' if is_beyond_the_end else 'kept'}"
        task = self._running.get(name)
        if task is None:
            writing = self._write_once(app, shard, name, resume, is_beyond_the_end=is_beyond_the_end)
            task = self._running[name] = asyncio.create_task(writing)
            task.add_done_callback(partial(self._end, name))
        return await asyncio.shield(task)

    def _end(self, name: str, task: asyncio.Task[EntryId]) -> None:
        self._running.pop(name)
        if not task.cancelled():
            task.exception()  # nobody may be left to retrieve it

    async def _write_once(
        self, app: App, shard: int, name: str, resume: EntryId, *, is_beyond_the_end: bool
    ) -> EntryId:
        known = await self._written_after(name)
        # Else the stream was shortened since, or has gone on past the snapshots.
        if known is not None and (known <= resume if is_beyond_the_end else known >= resume):
            return known
        ends = {} if is_beyond_the_end else await self._stores.event_log.ends(app)
        place = ends.get(shard, resume)
        large = [*await self._under_way(app), *await self._large(app, None)]
        await self._write_large(app, shard, large)
        small = [*await self._open_small(app, shard), *await self._latest_small(app, shard)]
        await self._write_small(app, small)
        await self._note_written(name, place, _ONCE_MS if is_beyond_the_end else _KEPT_MS)
        return place

    async def write_under_way(self, app: App) -> None:
        """Write snapshots of the messages that are under way, for a reader who begins now."""
        large = await self._under_way(app)
        for some in portions(range(app.shards), _SHARDS_AT_ONCE):
            await asyncio.gather(*(self._write_open(app, shard, large) for shard in some))

    async def _write_open(self, app: App, shard: int, large: list[str]) -> None:
        await self._write_large(app, shard, large)
        await self._write_small(app, await self._open_small(app, shard))

    async def _written_after(self, name: str) -> EntryId | None:
        async with reaching(Changes.NOTHING):
            found = cast("bytes | None", await self._redis.get(f"{QUEUE}:snapshots:{name}"))
        return EntryId.parse(found.decode()) if found else None

    async def _note_written(self, name: str, place: EntryId, kept_ms: int) -> None:
        async with reaching():
            await self._redis.set(f"{QUEUE}:snapshots:{name}", str(place), px=kept_ms)

    async def _write_large(self, app: App, shard: int, ids: list[str]) -> None:
        for some in portions(list(dict.fromkeys(ids))[:MAX_LARGE], _IDS_PER_CALL):
            await self._stores.ledger_snapshots.write(app, shard, some)

    async def _write_small(self, app: App, ids: list[str]) -> None:
        for some in portions(list(dict.fromkeys(ids))[:MAX_SMALL], _IDS_PER_CALL):
            await self._stores.small_snapshots.write(app, some)

    async def _large(self, app: App, status: Status | None) -> list[str]:
        ids = await self._stores.message_index.ids(app.name, status, None, MAX_LARGE)
        return [part for one in ids for part in await self._stores.tracked.families.ids(one)]

    async def _under_way(self, app: App) -> list[str]:
        return [one for status in _UNDER_WAY for one in await self._large(app, status)]

    async def _open_small(self, app: App, shard: int) -> list[str]:
        """Small messages with pushes that are open."""
        bundles = await self._stores.bundles.open_bundles(Home(app, shard), _MAX_BUNDLES)
        sends = await self._stores.bundle_sends.read(app, shard, bundles)
        return [send.message_id for of_bundle in sends.values() for send in of_bundle if send]

    async def _latest_small(self, app: App, shard: int) -> list[str]:
        found: list[str] = []
        looked_at = 0
        async for message_id in self._stores.small_listing.newest_first(app, None):
            looked_at += 1
            position = position_of(message_id)
            if position and position.shard == shard:
                found.append(message_id)
            if looked_at == _MAX_LISTED or len(found) == MAX_SMALL:
                break
        return found
