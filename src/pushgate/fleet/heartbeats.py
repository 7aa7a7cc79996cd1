"""Heartbeats in Redis: which processes of the installation are alive, and which died without
signing off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.clock import from_ms
from pushgate.redis.client import reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.key_space import parse_ms
from pushgate.redis.scripts import script

BEAT_EVERY = timedelta(seconds=5)
ALIVE_WITHIN = timedelta(seconds=15)
"""A process whose last heartbeat is older counts as dead."""
_FORGET_AFTER = timedelta(hours=1)
_KEY = f"{QUEUE}:processes"


MAX_UNREADABLE = 100
"""How many sections a heartbeat names."""


class UnreadableSection(NamedTuple):
    """A vendor's section of an app that a process cannot open, and the id of the master key that
    sealed it.
    """

    app: str
    vendor: str
    key: str


@dataclass(frozen=True, slots=True)
class ProcessDescription:
    """What a process reports about itself.

    `serves` are the (app, vendor) pairs that a worker sends for, `metrics` is the URL of the
    process's metrics. `configuration` is a digest of the settings that all processes must have in
    common, `apps_change` the last change of apps that the process has read. `unreadable` are
    sections for which it lacks the master key, at most `MAX_UNREADABLE`. `unconfirmed_at` is when
    too few replicas last confirmed a write of the process, None while enough confirm.
    """

    kind: str
    host: str
    pid: int
    version: str
    started_at: datetime
    metrics: str | None = None
    serves: tuple[tuple[str, str], ...] = ()
    configuration: str = ""
    apps_change: str = ""
    unreadable: tuple[UnreadableSection, ...] = ()
    unconfirmed_at: datetime | None = None

    @property
    def vendors(self) -> tuple[str, ...]:
        """The vendors of all apps that a worker sends for."""
        return tuple(sorted({vendor for _, vendor in self.serves}))


@dataclass(frozen=True, slots=True)
class Process:
    """A process as its heartbeats show it."""

    id: str
    description: ProcessDescription
    seen_at: datetime
    alive: bool


@dataclass(frozen=True, slots=True)
class BeatReply:
    """The state of the store as a heartbeat returns it, with the time of the server's clock.

    `store_id` and `version` are empty where the store has none.
    """

    store_id: str
    version: str
    lost_at: datetime | None
    at: datetime


class Heartbeats:
    """The heartbeats of all processes. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def beat(self, process_id: str, description: ProcessDescription) -> BeatReply:
        """Report that a process is alive."""
        answer = await script("pushgate.fleet", "beat")(
            self._redis,
            [QUEUE],
            [process_id, msgspec.json.encode(description), _FORGET_AFTER // timedelta(milliseconds=1)],
        )
        store_id, version, lost_at, at = cast("list[bytes]", answer)
        return BeatReply(store_id.decode(), version.decode(), parse_ms(lost_at), from_ms(int(at)))

    async def sign_off(self, process_id: str) -> None:
        """Report that a process ends normally."""
        async with reaching():
            await self._redis.hdel(_KEY, process_id)

    async def read(self, alive_within: timedelta = ALIVE_WITHIN) -> Sequence[Process]:
        """Every process with a heartbeat within the last hour, sorted by kind, host and start."""
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(_KEY)
            pipe.time()
            rows, (seconds, micros) = cast(
                "tuple[Mapping[bytes, bytes], tuple[int, int]]", await pipe.execute()
            )
        now = from_ms(seconds * 1000 + micros // 1000)
        found = []
        for process_id, value in rows.items():
            seen, _, written = value.partition(b" ")
            seen_at = from_ms(int(seen))
            description = msgspec.json.decode(written, type=ProcessDescription)
            found.append(Process(process_id.decode(), description, seen_at, now - seen_at <= alive_within))
        return sorted(found, key=_sort_key)


def _sort_key(process: Process) -> tuple[str, str, datetime]:
    description = process.description
    return description.kind, description.host, description.started_at
