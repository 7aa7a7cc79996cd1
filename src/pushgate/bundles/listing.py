"""Lists the small messages of an app from newest to oldest, by their pages.

There is no index by message: an index of pages says when each was begun and last written to, and
the segments of a page say when they were stored and how many messages they have.
"""

import heapq
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.bundles.values import CELL_BYTES, CELLS_HEAD_BYTES, MAX_PAGE, VOID, CellKind
from pushgate.domain.app import App
from pushgate.domain.message_id import Position, small_id
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag

MAX_PAGE_AGE = timedelta(minutes=10)
"""For how long a writer adds segments to a page."""
_CLOCK_MARGIN_MS = 60_000
"""How far the clock of a writer may be set back while it writes a page."""
_MAX_AGE_MS = MAX_PAGE_AGE // timedelta(milliseconds=1) + _CLOCK_MARGIN_MS
_FIRST_READ, _MAX_READ = 4, 64
"""Pages that are read at a time: more each time, up to a bound."""
_LATEST_MS = 1 << 48
_SEGMENTS = [str(number) for number in range(MAX_PAGE)]
_NOT_LISTED = (VOID, CellKind.LARGE)


class _ListedSegment(NamedTuple):
    """A segment by its place in the list: all numbers are negative, so that the newest segment is
    the smallest.
    """

    created_ms: int
    shard: int
    page: int
    segment: int
    cells: bytes

    def newest_first(self) -> Iterator[str]:
        """The ids of the segment's messages."""
        kinds = self.cells[CELLS_HEAD_BYTES::CELL_BYTES]
        for offset in reversed(range(len(kinds))):
            if kinds[offset] & 15 not in _NOT_LISTED:
                position = Position(-self.shard, -self.page, -self.segment, offset)
                yield small_id(-self.created_ms, position)


class SmallListing:
    """Lists small messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def newest_first(self, app: App, before: str | None) -> AsyncIterator[str]:
        """The ids of the app's small messages older than the message id `before`, from newest to
        oldest.

        Reads only as many pages as the caller takes messages from. A replaced message is listed at
        its first place; a message that is stored as a large one is left out.
        """
        before_ms = int(before[:12], 16) if before else _LATEST_MS
        homes = [_HomeListing(self._redis, app, shard, before_ms) for shard in range(app.shards)]
        queue: list[_ListedSegment] = []
        while True:
            for home in homes:
                while not home.ended and (not queue or home.newest_unread_ms >= -queue[0].created_ms):
                    for segment in await home.read_more():
                        heapq.heappush(queue, segment)
            if not queue:
                return
            for message_id in heapq.heappop(queue).newest_first():
                # Pages that are read late may have messages that are newer than the list.
                if before is None or message_id < before:
                    yield message_id
                    before = message_id


class _HomeListing:
    """The pages of one home, from those written to last to the oldest."""

    def __init__(self, redis: Redis, app: App, shard: int, before_ms: int) -> None:
        self._redis = redis
        self._app = app
        self._shard = shard
        self._before_ms = before_ms
        self._size = _FIRST_READ
        self._reached_ms = before_ms
        self._read: set[bytes] = set()
        self.ended = False
        self.newest_unread_ms = before_ms
        """Messages of pages that are not read yet are no newer, in ms since the epoch."""

    async def read_more(self) -> list[_ListedSegment]:
        """The segments of the next pages."""
        pages = await self._next_pages()
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for page in pages:
                pipe.hmget(f"{tag(self._app, self._shard)}:p:{page}", _SEGMENTS)
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        found = (
            _ListedSegment(
                -int.from_bytes(cells[:CELLS_HEAD_BYTES], "big"), -self._shard, -page, -number, cells
            )
            for page, row in zip(pages, rows, strict=True)
            for number, cells in enumerate(row)
            if cells
        )
        return [segment for segment in found if -segment.created_ms <= self._before_ms]

    async def _next_pages(self) -> list[int]:
        """The numbers of the next pages. Earlier pages are looked at again in the same step,
        because a page that was written to meanwhile has moved up.
        """
        key = f"{tag(self._app, self._shard)}:pages"
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            # A page that was begun before the cursor's instant was last written to soon after it.
            pipe.zrevrangebyscore(key, self._before_ms + _MAX_AGE_MS, self._reached_ms)
            pipe.zrevrangebyscore(
                key, f"({self._reached_ms}", "-inf", start=0, num=self._size + 1, withscores=True
            )
            above, below = cast("tuple[list[bytes], list[tuple[bytes, float]]]", tuple(await pipe.execute()))
        wanted = [member for member in above if _begun_ms(member) <= self._before_ms + _CLOCK_MARGIN_MS]
        wanted += [member for member, _ in below[: self._size]]
        self.ended = len(below) <= self._size
        if not self.ended:
            self._reached_ms = int(below[self._size - 1][1])
            self.newest_unread_ms = int(below[self._size][1])
        self._size = min(2 * self._size, _MAX_READ)
        unread = [member for member in wanted if member not in self._read]
        self._read.update(unread)
        return [int.from_bytes(member[:4], "big") for member in unread]


def _begun_ms(member: bytes) -> int:
    return int.from_bytes(member[4:], "big")
