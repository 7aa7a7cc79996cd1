"""Removals of silent terminals: one an app, from its request to its end."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import script

_KEY = f"{QUEUE}:silent"


class RemovalState(StrEnum):
    """How far a removal has come."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    HELD = "held"
    """Nothing is removed: more terminals are silent than can be believed."""


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """A removal of the terminals that were last seen before a day (UTC).

    `silent` is how many there were when it began, `forgotten` how many are removed. Of a shard that
    is done, `done` has the number.
    """

    before: date
    requested_at: datetime
    automatic: bool
    state: RemovalState
    silent: int
    forgotten: int = 0
    done: frozenset[int] = frozenset()
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredRemoval:
    """A removal, and its bytes as they were read: a change is written only over these."""

    removal: Removal
    raw: bytes


class Removals:
    """The last removal of each app. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, app: str) -> StoredRemoval | None:
        """The last removal of the app, None where there was none."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[bytes | None]", self._redis.hget(_KEY, app))
        return _decode(raw) if raw else None

    async def all(self) -> Mapping[str, StoredRemoval]:
        """The last removal of every app that has had one."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_KEY))
        return {name.decode(): _decode(raw) for name, raw in rows.items()}

    async def write(self, app: str, removal: Removal, over: StoredRemoval | None) -> bool:
        """Write a removal unless the app's removal has changed since `over` was read; tells whether
        it was written.
        """
        args: list[str | bytes] = [app, over.raw if over else b"", msgspec.msgpack.encode(removal)]
        return bool(await script("pushgate.hygiene", "replace_removal")(self._redis, [_KEY], args))


def _decode(raw: bytes) -> StoredRemoval:
    return StoredRemoval(msgspec.msgpack.decode(raw, type=Removal), raw)
