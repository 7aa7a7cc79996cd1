"""The small messages of an app from newest to oldest, found through their pages.

There is no index by message: a page says when it was begun, and its segments say how many messages
they have.
"""

import heapq
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.values import CELL_BYTES, CELLS_HEAD_BYTES, VOID, CellKind
from pushgate.domain.app import App
from pushgate.domain.message_id import Position, small_id
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag

MAX_PAGE_AGE = timedelta(minutes=10)
"""For how long a writer adds segments to a page."""
_PAGES_PER_READ = 4
_MAX_AGE_MS = MAX_PAGE_AGE // timedelta(milliseconds=1) + 60_000
"""The same with a margin for clocks that differ, in ms."""
_LATEST_MS = 1 << 48


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """The id of a small message, and what became of it beside its slots."""

    id: str
    kind: CellKind


class SmallListing:
    """Lists small messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def newest_first(self, app: App, before: str | None) -> AsyncIterator[ListedMessage]:
        """The app's small messages older than the message id `before`, from newest to oldest.

        Reads as many pages as the caller takes messages from. Messages that replaced others are
        listed at their first place.
        """
        before_ms = int(before[:12], 16) if before else _LATEST_MS
        homes = [_HomeListing(self._redis, app, shard, before_ms) for shard in range(app.shards)]
        queue: list[tuple[str, CellKind]] = []
        while True:
            # Nothing newer than this comes any more from a home that was read so far.
            for home in homes:
                while not home.ended and (not queue or home.newest_unread_ms >= _time(queue[0])):
                    for message in await home.read_more():
                        heapq.heappush(queue, message)
            if not queue:
                return
            inverted, kind = heapq.heappop(queue)
            message_id = _invert(inverted)
            if before is None or message_id < before:
                yield ListedMessage(message_id, kind)

    async def trim(self, app: App, shard: int, limit: int) -> int:
        """Forget pages whose retention is over, of the `limit` oldest pages; returns how many."""
        key = tag(app, shard)
        async with reaching():
            members = cast("list[bytes]", await self._redis.zrange(f"{key}:pages", 0, limit - 1))
            async with self._redis.pipeline(transaction=False) as pipe:
                for member in members:
                    pipe.exists(_page_key(app, shard, int.from_bytes(member, "big")))
                there = await pipe.execute()
            gone = [member for member, exists in zip(members, there, strict=True) if not exists]
            if gone:
                await self._redis.zrem(f"{key}:pages", *gone)
        return len(gone)


class _HomeListing:
    """The pages of one home, from the newest to the oldest."""

    def __init__(self, redis: Redis, app: App, shard: int, before_ms: int) -> None:
        self._redis = redis
        self._app = app
        self._shard = shard
        self._before_ms = before_ms
        self._offset = 0
        self.ended = False
        self.newest_unread_ms = before_ms
        """No message of a page that was not read yet is newer, in ms since the epoch."""

    async def read_more(self) -> list[tuple[str, CellKind]]:
        """The messages of the next pages, with ids inverted, so that the newest is the smallest."""
        key = tag(self._app, self._shard)
        async with reaching(Changes.NOTHING):
            rows = cast(
                "list[tuple[bytes, float]]",
                await self._redis.zrevrangebyscore(
                    f"{key}:pages",
                    self._before_ms,
                    "-inf",
                    start=self._offset,
                    num=_PAGES_PER_READ + 1,
                    withscores=True,
                ),
            )
            pages = [int.from_bytes(member, "big") for member, _ in rows[:_PAGES_PER_READ]]
            async with self._redis.pipeline(transaction=False) as pipe:
                for page in pages:
                    pipe.hgetall(_page_key(self._app, self._shard, page))
                hashes = cast("list[dict[bytes, bytes]]", await pipe.execute())
        self._offset += len(pages)
        self.ended = len(rows) <= _PAGES_PER_READ
        if not self.ended:
            self.newest_unread_ms = int(rows[_PAGES_PER_READ][1]) + _MAX_AGE_MS
        return [
            message
            for page, fields in zip(pages, hashes, strict=True)
            for name, cells in fields.items()
            if name.isdigit()
            for message in self._messages(page, int(name), cells)
        ]

    def _messages(self, page: int, segment: int, cells: bytes) -> Iterator[tuple[str, CellKind]]:
        created_ms = int.from_bytes(cells[:CELLS_HEAD_BYTES], "big")
        if created_ms > self._before_ms:
            return
        for offset, kind in enumerate(cells[CELLS_HEAD_BYTES::CELL_BYTES]):
            if kind != VOID:
                position = Position(self._shard, page, segment, offset)
                yield _invert(small_id(created_ms, position)), CellKind(kind & 15)


_INVERTED = str.maketrans("0123456789abcdef", "fedcba9876543210")


def _invert(message_id: str) -> str:
    return message_id.translate(_INVERTED)


def _time(queued: tuple[str, CellKind]) -> int:
    return int(_invert(queued[0])[:12], 16)


def _page_key(app: App, shard: int, page: int) -> str:
    return f"{tag(app, shard)}:p:{page}"
