"""Terminals that an app's people marked as their own, to send tests to.

`{q}:test-terminals:<app>` is a hash: terminal id -> name and instant (msgpack).
"""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.errors import Conflict, NotFound
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, script

MAX_MARKED = 100
"""Marked terminals of one app."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a marked terminal is called, and since when."""

    name: str
    marked_at: datetime


_decode = msgspec.msgpack.Decoder(Mark).decode


class MarkedTerminals:
    """The marked terminals of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def mark(self, app: App, terminal_id: str, name: str) -> Mark:
        """Mark a terminal, or give it another name. Raises Conflict where too many are marked."""
        mark = Mark(name=name, marked_at=self._clock.now())
        args: list[Value] = [terminal_id, msgspec.msgpack.encode(mark), MAX_MARKED]
        if not await script("pushgate.terminals", "mark_terminal")(self._redis, [_key(app)], args):
            raise Conflict(f"an app may have {MAX_MARKED} terminals for tests; take some off first")
        return mark

    async def find(self, app: App, terminal_id: str) -> Mark:
        """The mark of a terminal. Raises NotFound."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[bytes | None]", self._redis.hget(_key(app), terminal_id))
        if raw is None:
            raise NotFound("this terminal is not marked for tests")
        return _decode(raw)

    async def all(self, app: App) -> dict[str, Mark]:
        """All marked terminals by id, in the order of their names."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_key(app)))
        found = [(terminal_id.decode(), _decode(raw)) for terminal_id, raw in rows.items()]
        return dict(sorted(found, key=lambda item: (item[1].name, item[0])))

    async def unmark(self, app: App, terminal_ids: Sequence[str]) -> int:
        """Take marks off; returns how many there were."""
        async with reaching(Changes.AT_ONCE):
            return await self._redis.hdel(_key(app), *terminal_ids) if terminal_ids else 0


def _key(app: App) -> str:
    return f"{QUEUE}:test-terminals:{app.name}"
