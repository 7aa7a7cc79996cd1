"""A counter in each part of the store, by which schedulers notice that a part went back.

A part is all keys with one hash tag: the queue, or a shard of an app. Redis keeps or loses the
writes of a part up to one instant. If a counter is lower than a scheduler has seen it, the last
writes of its part are lost: a replica that lagged behind took over, or the server restarted from an
older log.
"""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self, cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import from_ms, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import script

SHOWN_FOR = timedelta(days=1)
"""How long it is shown that a part went back."""
_ROLLBACKS = f"{QUEUE}:rollbacks"
"""A hash: part -> the last time that it went back, as JSON."""
_WITNESSES = (f"{QUEUE}:write-counters", "{witness}:write-counters")
"""The counters as JSON, for schedulers that start. The hash tags of the two keys are on two nodes
of three.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the store: a shard of an app, or the queue where `app` is empty."""

    app: str = ""
    shard: int = 0

    @property
    def name(self) -> str:
        """The hash tag without braces: `q`, or `shop:3`."""
        return f"{self.app}:{self.shard}" if self.app else "q"

    @classmethod
    def parse(cls, name: str) -> Self:
        """The part with this name."""
        app, _, shard = name.rpartition(":")
        return cls(app, int(shard)) if app else cls()

    @property
    def head(self) -> str:
        """The hash tag, with which its keys begin."""
        return f"{{{self.name}}}"


def parts_of(apps: Collection[App]) -> list[Part]:
    """All parts of a store with these apps."""
    return [Part(), *(Part(app.name, shard) for app in apps for shard in range(app.shards))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """A part that went back: writes to it between `lost_from` and `at` may be lost.

    `lost_from` is when a scheduler saw the counter at `seen`; `at` is when it found `found`.
    """

    app: str
    shard: int
    lost_from: datetime
    at: datetime
    seen: int
    found: int

    @property
    def part(self) -> Part:
        """The part that went back."""
        return Part(self.app, self.shard)


class WriteCounters:
    """The counters of all parts. All calls raise EngineUnavailable.

    Redis, beside the keys above: <hash tag>:writes, a string: the counter of the part.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, parts: Sequence[Part]) -> list[int]:
        """The counters, 0 where there is none."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for part in parts:
                pipe.get(f"{part.head}:writes")
            return [int(found or 0) for found in cast("list[bytes | None]", await pipe.execute())]

    async def count(self, parts: Sequence[Part]) -> list[int]:
        """Raise the counters by one, and return them."""
        async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=False) as pipe:
            for part in parts:
                pipe.incr(f"{part.head}:writes")
            return cast("list[int]", await pipe.execute())

    async def restore(self, part: Part, seen: int) -> bool:
        """Raise a counter that went back above every value that a scheduler has seen; returns
        whether this call did so, and not another scheduler.
        """
        return bool(await script("pushgate.fleet", "restore_counter")(self._redis, [part.head], [seen]))

    async def read_witnesses(self) -> list[tuple[datetime, Mapping[Part, int]]]:
        """The counters that were stored, and when, the latest last."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for key in _WITNESSES:
                pipe.get(key)
            rows = cast("list[bytes | None]", await pipe.execute())
        stored = sorted(
            (msgspec.json.decode(row, type=_Witness) for row in rows if row), key=lambda each: each.at
        )
        return [
            (from_ms(one.at), {Part.parse(name): value for name, value in one.counters.items()})
            for one in stored
        ]

    async def write_witnesses(self, counters: Mapping[Part, int], at: datetime) -> None:
        """Store the counters for schedulers that begin."""
        row = msgspec.json.encode(
            _Witness(at=to_ms(at), counters={part.name: value for part, value in counters.items()})
        )
        async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=False) as pipe:
            for key in _WITNESSES:
                pipe.set(key, row)
            await pipe.execute()

    async def note(self, rollback: Rollback) -> None:
        """Remember that a part went back."""
        async with reaching(Changes.AT_ONCE):
            await self._redis.hset(_ROLLBACKS, rollback.part.name, msgspec.json.encode(rollback))

    async def rollbacks(self, now: datetime) -> list[Rollback]:
        """The parts that went back within the last day."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_ROLLBACKS))
        found = [msgspec.json.decode(row, type=Rollback) for row in rows.values()]
        return [rollback for rollback in found if now - rollback.at < SHOWN_FOR]


class _Witness(msgspec.Struct):
    """Counters by name of part, as they were at an instant (ms)."""

    at: int
    counters: dict[str, int]
