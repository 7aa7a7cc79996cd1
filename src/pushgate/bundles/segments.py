"""Segments of small messages: stored, claimed when they are due, and replaced while they wait."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.bodies import Bodies, decode
from pushgate.bundles.layout import SEGMENT_PLACE
from pushgate.bundles.scripts import run
from pushgate.bundles.segment_values import (
    PutResult,
    PutVerdict,
    Segment,
    WaitingSegment,
)
from pushgate.bundles.values import CELL_BYTES, CELLS_HEAD_BYTES, CellKind, Home
from pushgate.domain.clock import to_ms
from pushgate.domain.message_id import created_ms, position_of
from pushgate.messages.idempotency import RECORD_LIFETIME_MS
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.replication import confirmed
from pushgate.redis.scripts import Value
from pushgate.runtime import logs

CHANNEL = "{q}:small"
"""The channel on which `Announcement`s are published."""
_log = logs.get("queue")

NextDue = tuple[int | None, int | None, int | None, int | None]
"""When a home's first segment, first urgent segment, first bundle to look after, and first entry of
the queue of clicks are due, in ms since the epoch; None for one that it does not have. A bundle may
be due since 0.
"""
_QUEUES = ("due", "urgent", "open", "clicks")


@dataclass(frozen=True, slots=True)
class Announcement:
    """The announcement of a stored segment to schedulers: its home, its push time in ms since the
    epoch, and whether its messages are urgent.
    """

    app: str
    shard: int
    push_at_ms: int
    urgent: bool

    @classmethod
    def parse(cls, text: str) -> "Announcement":
        """Read the published text, `<app>:<shard>:<push time>:<1 or 0>`. Raises ValueError."""
        app, shard, push_at_ms, urgent = text.split(":")
        return cls(app, int(shard), int(push_at_ms), urgent == "1")


class PageTaken(Exception):
    """Another writer has stored other segments in this page: Redis lost its latest writes, and gave
    the page's number twice.
    """


class Segments:
    """The segments of all homes. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def new_page(self, home: Home) -> int:
        """The number of a page that nobody else writes to."""
        async with reaching(Changes.NOTHING):  # an unused page number does no harm
            return await self._redis.hincrby(f"{tag(home.app, home.shard)}:next", "page", 1)

    async def put(
        self,
        home: Home,
        page: int,
        segments: Sequence[Segment],
        *,
        created_at: datetime,
        contents_until: datetime,
        results_until: datetime,
        max_waiting: int | None,
        audit_entry: bytes = b"",
    ) -> list[list[PutResult]]:
        """Store and schedule segments of a page; returns the results of each segment's messages.

        The messages are durable once this returns. `max_waiting` is how many messages may wait in
        this home, None for any number. `audit_entry` says who created the messages, as packed by
        `audit.creations`. The call may be repeated with the same segments. Raises PageTaken:
        nothing was stored.
        """
        args: list[Value] = [
            page,
            to_ms(created_at),
            to_ms(contents_until),
            to_ms(results_until),
            -1 if max_waiting is None else max(0, max_waiting),
            RECORD_LIFETIME_MS,
            len(segments),
            audit_entry,
        ]
        for segment in segments:
            args += (segment.number, int(segment.urgent), to_ms(segment.push_at), segment.bodies)
            args += (segment.count, int(bool(segment.keys)))
            for key in segment.keys:
                args += (key.digest, key.record) if key else ("", b"")
        answer = cast("list[bytes]", await run(self._redis, "put", home.app, home.shard, *args))
        if not answer:
            raise PageTaken
        records = iter(answer[len(segments) :])
        return [
            _results(verdicts, segment.count, records)
            for segment, verdicts in zip(segments, answer, strict=False)
        ]

    def confirmed(self, home: Home) -> AbstractAsyncContextManager[None]:
        """A context whose end waits until the messages put in this home outlive its server."""
        return confirmed(self._redis, tag(home.app, home.shard))

    async def claim(
        self, home: Home, now: datetime, lease: timedelta, max_messages: int, *, urgent: bool
    ) -> list[WaitingSegment]:
        """Claim due segments. Nobody else gets them until the lease ends. At least one, where one
        is due; together about `max_messages` messages.
        """
        args = to_ms(now), to_ms(now + lease), max_messages, int(urgent)
        flat = cast("list[bytes]", await run(self._redis, "claim", home.app, home.shard, *args))
        return [
            _segment(place, raw, cells)
            for place, raw, cells in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
        ]

    async def scheduled_between(
        self, home: Home, first_at: datetime, last_at: datetime, limit: int
    ) -> list[WaitingSegment]:
        """At most `limit` segments, urgent or not, that wait for these push times, the earliest
        first. Nothing is claimed.
        """
        head, bounds = tag(home.app, home.shard), (to_ms(first_at), to_ms(last_at))
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for queue in ("due", "urgent"):
                pipe.zrangebyscore(f"{head}:{queue}", *bounds, start=0, num=limit, withscores=True)
            due, urgent = cast("list[list[tuple[bytes, float]]]", await pipe.execute())
        earliest = sorted((*due, *urgent), key=lambda row: row[1])[:limit]
        return await self.read(home, [place for place, _ in earliest])

    async def read(self, home: Home, places: Sequence[bytes]) -> list[WaitingSegment]:
        """The segments at these places, as the home's queues name them. Those that are forgotten
        are left out.
        """
        head = tag(home.app, home.shard)
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for page, number in map(SEGMENT_PLACE.unpack, places):
                pipe.hget(f"{head}:p:{page}", str(number))
                pipe.hget(f"{head}:c:{page}", str(number))
            rows = cast("list[bytes | None]", await pipe.execute())
        return [
            _segment(place, raw or b"", cells)
            for place, cells, raw in zip(places, rows[::2], rows[1::2], strict=True)
            if cells
        ]

    async def replace(
        self,
        home: Home,
        message_id: str,
        segment: Segment,
        page: int,
        *,
        version: tuple[int, int],
        contents_until: datetime,
        results_until: datetime,
        now: datetime,
    ) -> str:
        """Replace a waiting message by another one; its id stays.

        `segment` holds the one message; `version` is the place that the old one was read from.
        Returns `stored`; `changed` if there is another version of the message by now, or it no
        longer waits; or `missing`.
        """
        position = position_of(message_id)
        if position is None:
            return "missing"
        args: list[Value] = [created_ms(message_id), *position[1:], page, segment.number]
        args += (int(segment.urgent), to_ms(segment.push_at), segment.bodies, *version)
        args += (to_ms(contents_until), to_ms(results_until), to_ms(now))
        async with self.confirmed(home):
            return cast("bytes", await run(self._redis, "replace", home.app, home.shard, *args)).decode()

    async def next_due_at(self, homes: Sequence[Home]) -> list[NextDue]:
        """When work is due next in each home."""
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for home in homes:
                for queue in _QUEUES:
                    pipe.zrange(f"{tag(home.app, home.shard)}:{queue}", 0, 0, withscores=True)
            rows = cast("list[list[tuple[bytes, float]]]", await pipe.execute())
        scores = [int(row[0][1]) if row else None for row in rows]
        return list(zip(scores[::4], scores[1::4], scores[2::4], scores[3::4], strict=True))

    async def trim(self, home: Home, cursor: int, limit: int) -> tuple[int, int]:
        """Forget pages whose retention is over: of the `limit` oldest ones, and of about as many
        others from the cursor on (0 to begin).

        Returns the next cursor, and how many of the oldest pages are forgotten.
        """
        answer = await run(self._redis, "trim", home.app, home.shard, cursor, limit)
        next_cursor, gone = cast("list[int]", answer)
        return next_cursor, gone

    async def waiting(self, home: Home) -> tuple[int, int]:
        """How many messages of the home are scheduled, and how many sends are open."""
        return (await self.waiting_in([home]))[0]

    async def waiting_in(self, homes: Sequence[Home]) -> list[tuple[int, int]]:
        """For each home how many messages are scheduled, and how many sends are open."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for home in homes:
                pipe.hmget(f"{tag(home.app, home.shard)}:waiting", ["scheduled", "open"])
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        return [(int(scheduled or 0), int(still_open or 0)) for scheduled, still_open in rows]


def readable(raw: bytes) -> Bodies | None:
    """The bodies; None where they were dropped, or this version cannot read them: one segment must
    not stop the others.
    """
    if not raw:
        return None
    try:
        return decode(raw)
    except ValueError as error:
        _log.error("segment passed over", action="message_unreadable", error=str(error))
        return None


def _segment(place: bytes, raw: bytes, cells: bytes) -> WaitingSegment:
    page, number = SEGMENT_PLACE.unpack(place)
    kinds = cells[CELLS_HEAD_BYTES::CELL_BYTES]
    return WaitingSegment(
        page=page,
        number=number,
        created_ms=int.from_bytes(cells[:CELLS_HEAD_BYTES], "big"),
        bodies=readable(raw),
        waiting=_indexes(kinds, CellKind.WAITS),
        becoming_large=_indexes(kinds, CellKind.BECOMES_LARGE),
    )


def _indexes(kinds: bytes, wanted: CellKind) -> Sequence[int]:
    """The indexes of messages of this kind, from the kinds of all messages of a segment."""
    if wanted not in kinds:
        return ()
    return [index for index, kind in enumerate(kinds) if kind == wanted]


def _results(verdicts: bytes, count: int, records: Iterator[bytes]) -> list[PutResult]:
    if not verdicts:
        return [PutResult(PutVerdict.STORED)] * count
    return [
        PutResult(verdict, next(records) if verdict is PutVerdict.KNOWN else b"")
        for verdict in map(PutVerdict, verdicts.decode())
    ]
