"""Reads the audit log in pages, in the order of time."""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.audit.cursor import Cursor, Order, StreamId
from pushgate.audit.log import APPS
from pushgate.audit.streams import RecordedEntry, Stream, home_streams, main_stream, read_row
from pushgate.audit.trimming import TRIMMED
from pushgate.domain.app import App
from pushgate.domain.clock import from_ms, to_ms
from pushgate.redis.client import Changes, reaching

MAX_SCANNED = 5000
"""Rows of streams that one page looks at, for a filter that few entries pass."""
_MAX_TARGETS = 10_000
"""Targets of the entries of one page, about: a page ends once it has more."""
_MAX_ROWS = 200
_MIN_ROWS = 10
_ROWS_TOGETHER = 2000
_Fields = Mapping[bytes, bytes]
_Texts = Awaitable[list[bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted. `action` is an action, or the part of it before the point: `key`
    stands for all actions on keys. `since` is the earliest time of an entry.
    """

    action: str | None = None
    key_id: str | None = None
    targets: Collection[str] = ()
    since: datetime | None = None

    def matches(self, recorded: RecordedEntry) -> bool:
        """Whether an entry is wanted, whatever its time."""
        entry = recorded.entry
        if self.action not in (None, entry.action, entry.action.partition(".")[0]):
            return False
        if self.key_id not in (None, entry.author.key_id):
            return False
        return all(target in entry.targets for target in self.targets)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, where to go on, and whether there were more when the page was read."""

    entries: Sequence[RecordedEntry]
    cursor: Cursor
    has_more: bool


@dataclass(frozen=True, slots=True)
class _Row:
    id: StreamId
    stream: Stream
    fields: _Fields


class AuditReader:
    """Reads the logs of apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def streams(self, apps: Sequence[App], *, operators: bool) -> list[Stream]:
        """The streams of these apps; with `operators`, also those of no app and of deleted apps."""
        names = {app.name for app in apps}
        if operators:
            async with reaching(Changes.NOTHING):
                names |= {raw.decode() for raw in cast("set[bytes]", await self._redis.smembers(APPS))}
        mains = [main_stream(name) for name in sorted(names)]
        return [*mains, *(stream for app in apps for stream in home_streams(app))]

    def streams_of(self, name: str, registered: App | None) -> list[Stream]:
        """The streams of one app; a deleted app has one."""
        return [main_stream(name), *(home_streams(registered) if registered else ())]

    async def has_log(self, app: str) -> bool:
        """Whether anything was recorded of an app of this name."""
        async with reaching(Changes.NOTHING):
            return bool(await cast("Awaitable[int]", self._redis.sismember(APPS, app)))

    async def read(
        self, streams: Sequence[Stream], cursor: Cursor, limit: int, wanted: AuditFilter
    ) -> AuditPage:
        """At most `limit` entries after the cursor, but all of one row; fewer where the filter
        passes few.
        """
        entries: list[RecordedEntry] = []
        scanned = targets = 0
        while True:
            rows, is_end = await self._next_rows(streams, cursor, wanted.since)
            read: list[tuple[str, StreamId]] = []
            for row in rows:
                found = [one for one in read_row(row.stream, row.id, row.fields) if wanted.matches(one)]
                is_full = len(entries) + len(found) > limit or targets > _MAX_TARGETS
                if entries and found and is_full:
                    return AuditPage(entries, cursor.after(read), has_more=True)
                entries += found
                targets += sum(len(one.entry.targets) for one in found)
                read.append((row.stream.name, row.id))
            cursor = cursor.after(read)
            scanned += len(rows)
            if is_end or scanned >= MAX_SCANNED:
                return AuditPage(entries, cursor, has_more=not is_end)

    async def trimmed_before(self, streams: Sequence[Stream]) -> datetime | None:
        """The instant up to which entries of these streams were removed early; None if none
        were.
        """
        apps = sorted({stream.app for stream in streams})
        if not apps:
            return None
        async with reaching(Changes.NOTHING):
            raw = await cast("_Texts", self._redis.hmget(TRIMMED, apps))
        return max((from_ms(int(at)) for at in raw if at), default=None)

    async def _next_rows(
        self, streams: Sequence[Stream], cursor: Cursor, since: datetime | None
    ) -> tuple[list[_Row], bool]:
        """The next rows of all streams in their order, and whether these are all."""
        count = max(_MIN_ROWS, min(_MAX_ROWS, _ROWS_TOGETHER // max(len(streams), 1)))
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for stream in streams:
                first, last = _bounds(cursor, stream.name, since)
                if cursor.order is Order.NEWEST:
                    pipe.xrevrange(stream.key, last, first, count=count)
                else:
                    pipe.xrange(stream.key, first, last, count=count)
            answers = cast("list[list[tuple[bytes, _Fields]]]", await pipe.execute())
        rows: list[_Row] = []
        cut: list[StreamId] = []
        for stream, answer in zip(streams, answers, strict=True):
            rows += (_Row(StreamId.parse(row_id), stream, fields) for row_id, fields in answer)
            if len(answer) == count:
                cut.append(rows[-1].id)
        # A stream that may have more rows tells nothing about those after its last one here.
        if cursor.order is Order.NEWEST:
            rows = [row for row in rows if row.id >= max(cut)] if cut else rows
        else:
            rows = [row for row in rows if row.id <= min(cut)] if cut else rows
        rows.sort(key=lambda row: row.id, reverse=cursor.order is Order.NEWEST)
        return rows, not cut


def _bounds(cursor: Cursor, stream: str, since: datetime | None) -> tuple[str, str]:
    """The first and the last id that are wanted of a stream."""
    place = cursor.place(stream)
    least = StreamId(max(0, to_ms(since)), 0) if since else StreamId(0, 0)
    if cursor.order is Order.NEWEST:
        return str(least), f"({place}" if place else "+"
    return f"({place}" if place and place >= least else str(least), "+"
