"""The streams of events of all apps: subscribed to, read and acknowledged.

Scripts that change states write to them; `entries.lua` describes the layout.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias, cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.eventlog.codec import decode, encode_app_event
from pushgate.eventlog.entries import (
    QUEUE_SHARD,
    AppEvent,
    Batch,
    Entry,
    EntryId,
    EpochBegan,
    Gap,
    Shard,
)
from pushgate.eventlog.keys import all_shards, head_and_suffix, readers_key, stream_key
from pushgate.redis.client import Changes, reaching
from pushgate.redis.scripts import Value, script

_Row: TypeAlias = tuple[bytes, list[bytes]]


class EventLog:
    """The events of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def subscribe(
        self,
        app: App,
        reader: str,
        at: Literal["now", "start"] | Mapping[Shard, EntryId] = "now",
        expires_at: datetime | None = None,
    ) -> dict[Shard, EntryId]:
        """Give a reader its places in all streams of the app, and return them. Events are written
        from the first reader on.

        A known reader keeps its places, except those in a mapping. After `expires_at` it no longer
        counts; None for never.
        """
        until = to_ms(expires_at) if expires_at else 0
        shards = all_shards(app)
        wanted = [at if isinstance(at, str) else str(at.get(shard, "now")) for shard in shards]
        answers = await asyncio.gather(
            *(
                self._run("subscribe", app, shard, reader, place, until)
                for shard, place in zip(shards, wanted, strict=True)
            )
        )
        places = [EntryId.parse(cast("bytes", answer).decode()) for answer in answers]
        return dict(zip(shards, places, strict=True))

    async def unsubscribe(self, app: App, reader: str) -> None:
        """Take a reader's places away. A stream without readers is deleted."""
        for shard in all_shards(app):
            await self._run("unsubscribe", app, shard, reader)

    async def acknowledge(self, app: App, shard: Shard, reader: str, place: EntryId) -> None:
        """Note that the reader has come to this place."""
        await self._run("acknowledge", app, shard, reader, str(place))

    async def readers(self, app: App) -> dict[str, dict[Shard, EntryId]]:
        """The readers of the app, and their places."""
        shards = all_shards(app)
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in shards:
                pipe.hgetall(readers_key(app, shard))
            rows = cast("list[dict[bytes, bytes]]", await pipe.execute())
        found: dict[str, dict[Shard, EntryId]] = {}
        for shard, row in zip(shards, rows, strict=True):
            for reader, value in row.items():
                place = EntryId.parse(value.decode().partition(" ")[0])
                found.setdefault(reader.decode(), {})[shard] = place
        return found

    async def ends(self, app: App) -> dict[Shard, EntryId]:
        """The last place of each stream; streams that nobody reads are left out."""
        shards = all_shards(app)
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in shards:
                pipe.xrevrange(stream_key(app, shard), count=1)
            rows = cast("list[list[tuple[bytes, object]]]", await pipe.execute())
        ends = zip(shards, rows, strict=True)
        return {shard: EntryId.parse(row[0][0].decode()) for shard, row in ends if row}

    async def read(self, app: App, shard: Shard, after: EntryId, limit: int) -> Batch:
        """At most `limit` entries after this place.

        If entries are missing there, a gap is returned alone. A stream that nobody reads has no
        entries.
        """
        rows = cast("list[object]", await self._run("read", app, shard, str(after), limit))
        if rows and rows[0] == b"gap":
            gap = _gap(after, [_entry(cast("_Row", row), shard) for row in rows[1:]])
            return Batch((), gap.resume, gap)
        entries = [_entry(cast("_Row", row), shard) for row in rows]
        return Batch(entries, entries[-1].id if entries else after)

    async def publish(self, app: App, events: Sequence[AppEvent]) -> None:
        """Append events of the app itself; nothing where nobody reads."""
        await self._run("publish", app, QUEUE_SHARD, b"".join(map(encode_app_event, events)))

    async def _run(self, name: str, app: App, shard: Shard, *args: Value) -> object:
        head, suffix = head_and_suffix(app, shard)
        return await script("pushgate.eventlog", name)(self._redis, [head], [suffix, *args])


def _entry(row: _Row, shard: Shard) -> Entry:
    entry_id, (_, raw) = row
    return decode(raw, EntryId.parse(entry_id.decode()), shard)


def _gap(after: EntryId, known: Sequence[Entry]) -> Gap:
    """The gap behind a place, from the stream's last entry, and the first one after the place."""
    last, *following = known
    if not following:
        reason: Literal["rolled_back", "restarted"] = "rolled_back" if after > last.id else "restarted"
        return Gap(after, last.id, reason)
    (entry,) = following
    if entry.id.n == 0:
        began = [part.reason for part in entry.parts if isinstance(part, EpochBegan)]
        lost = "rolled_back" in began or "lost" in began
        return Gap(after, entry.id, "rolled_back" if lost else "restarted")
    return Gap(after, EntryId(entry.id.epoch, entry.id.n - 1), "trimmed")
