"""The events of an app, read from all its streams together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.eventlog.entries import EntryId, Shard
from pushgate.eventlog.keys import all_shards
from pushgate.events.cursor import START, Cursor, Place
from pushgate.events.event import Event
from pushgate.events.shard_reader import MAX_BYTES, ShardPage, ShardReader
from pushgate.events.snapshots import Snapshots
from pushgate.events.wanted import Wanted
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.stores import Stores

MAX_LIMIT = 1000
"""Terminals that the events of a page name together, at most."""
_READER = "feed"
_RENEW_AFTER = timedelta(minutes=1)
_SHARDS_AT_ONCE = 16
_SHARED_MS = 5000
"""Readers that begin within this time share a place and its snapshots."""


@dataclass(frozen=True, slots=True)
class Page:
    """Events of all shards, where to read on, and whether that is the end of all streams."""

    events: Sequence[Event]
    cursor: Cursor
    is_end: bool


class EventFeed:
    """Reads the events of all apps. All calls raise EngineUnavailable."""

    def __init__(self, stores: Stores, redis: Redis, clock: Clock, kept_for: timedelta) -> None:
        """The events of an app are written for `kept_for` after the last call of `keep`."""
        self._log = stores.event_log
        self._redis = redis
        self._clock = clock
        self._kept_for = kept_for
        self._reader = ShardReader(stores, redis, clock)
        self._snapshots = Snapshots(stores, redis)
        self._renewed: dict[str, datetime] = {}

    async def keep(self, app: App) -> None:
        """Have the events of an app written from now on, for some time."""
        now, renewed = self._clock.now(), self._renewed.get(app.name)
        if renewed is None or now - renewed >= _RENEW_AFTER:
            await self._log.subscribe(app, _READER, "now", now + self._kept_for)
            self._renewed[app.name] = now

    async def begin(self, app: App) -> Cursor:
        """The ends of all streams of the app, for a new reader. The first events there are
        snapshots of messages under way, so a reader's sums are right from the beginning. A reader
        that begins within 5 s after another one begins at the same place.
        """
        await self.keep(app)
        key = f"{QUEUE}:events-begun:{app.name}"
        async with reaching(Changes.NOTHING):
            begun = cast("bytes | None", await self._redis.get(key))
        if begun is not None:
            return Cursor.parse(begun.decode(), app)
        ends = await self._log.ends(app)
        cursor = Cursor({shard: Place(ends[shard]) if shard in ends else START for shard in all_shards(app)})
        await self._snapshots.write_under_way(app)
        async with reaching():
            await self._redis.set(key, cursor.text(app), px=_SHARED_MS)
        return cursor

    async def read(self, app: App, cursor: Cursor, wanted: Wanted, limit: int = MAX_LIMIT) -> Page:
        """Events of all shards after a cursor, of about `limit` terminals. Each shard with news has
        its share of a page.
        """
        shards, ends = all_shards(app), await self._log.ends(app)
        turns = [*shards[cursor.turn :], *shards[: cursor.turn]]
        news = [shard for shard in turns if has_news(cursor.places[shard], ends.get(shard))]
        some = news[:_SHARDS_AT_ONCE]
        pages = await asyncio.gather(
            *(
                self.read_shard(
                    app,
                    shard,
                    cursor.places[shard],
                    wanted,
                    limit=max(1, limit // len(some)),
                    max_bytes=MAX_BYTES // len(some),
                )
                for shard in some
            )
        )
        places = {**cursor.places, **{shard: page.place for shard, page in zip(some, pages, strict=True)}}
        return Page(
            events=[event for page in pages for event in page.events],
            cursor=Cursor(places, (shards.index(some[-1]) + 1) % len(shards) if some else cursor.turn),
            is_end=len(some) == len(news) and all(page.is_end for page in pages),
        )

    async def read_shard(
        self,
        app: App,
        shard: Shard,
        after: Place,
        wanted: Wanted,
        *,
        limit: int = MAX_LIMIT,
        max_bytes: int = MAX_BYTES,
        until: Place | None = None,
        now: datetime | None = None,
    ) -> ShardPage:
        """Events of one shard, as `ShardReader.read` gives them."""
        return await self._reader.read(
            app, shard, after, wanted, limit=limit, max_bytes=max_bytes, until=until, now=now
        )


def has_news(place: Place, end: EntryId | None) -> bool:
    """Whether there may be something to read after a place in a stream with this end; a stream
    without an end has nothing.
    """
    return end is not None and place != Place(end)
