"""Writes that must outlive their master: replicas confirm them before Pushgate goes on.

A replica takes over with what it has received. What a master answered and no replica received is
lost with the master. `redis.wait_replicas` names how many replicas must have a write.

A confirmation is expected before the write, on a connection that is open by then. After a failover
a new connection leads to the new master, whose replicas know nothing of the write.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple, Protocol, cast
from weakref import WeakKeyDictionary

import hiredis
from redis import exceptions
from redis.asyncio import Redis

from pushgate.domain.clock import Clock, SystemClock
from pushgate.domain.errors import EngineUnavailable
from pushgate.redis.pipelined_connection import PipelinedConnection
from pushgate.redis.server import UNREACHABLE, ServerClient
from pushgate.settings.redis import RedisSettings

_KEY_LIFETIME_MS: Final = 60_000
_MAX_WAIT: Final = 1.0
"""Seconds that replicas may take to confirm."""
_SHARE_OF_TIMEOUT: Final = 0.6
"""The same, as a part of the time that a server may take to answer."""
_MISSING_FOR: Final = 1.0
"""Seconds after a missed confirmation until one is waited for again."""
_NEVER_OPEN: Final = 0
_UNCONFIRMED: Final[AbstractAsyncContextManager[None]] = nullcontext()


class Confirmation(Enum):
    """What became of a confirmation."""

    GIVEN = "given"
    MISSING = "missing"
    """The master has the write, and too few replicas confirmed it in time."""
    LOST = "lost"
    """The master of the write is out of reach, or is no master any more: the write may be gone."""


@dataclass(slots=True)
class ReplicationState:
    """What a process knows of its confirmations."""

    confirmed: int = 0
    missed: int = 0
    """Writes that too few replicas confirmed in time."""
    missed_at: datetime | None = None


class _Client(Protocol):
    """A client of one server or of several."""

    async def server_of(self, key: str) -> ServerClient:
        """Return the client of the key's server."""
        ...


class Expectation(NamedTuple):
    """A confirmation that is expected of a write that follows."""

    replication: "Replication"
    server: "_Server | None"
    tag: str
    connection: int
    """The number of the connection that was open before the write."""

    async def result(self) -> Confirmation:
        """Wait until enough replicas have all that was written, or time is up."""
        lost = Confirmation.LOST
        found = await self.server.confirm(self.tag, self.connection) if self.server else lost
        self.replication.note(confirmed=found is Confirmation.GIVEN)
        return found

    async def is_met(self) -> bool:
        """Wait, as `result`; returns whether enough replicas have it."""
        return await self.result() is Confirmation.GIVEN


class Replication:
    """Asks for confirmations of writes: of each server together for all who wait."""

    def __init__(self, client: _Client, settings: RedisSettings, clock: Clock | None = None) -> None:
        self._client = client
        self._replicas = settings.wait_replicas
        self._seconds = min(_MAX_WAIT, settings.timeout * _SHARE_OF_TIMEOUT)
        self._clock = clock or SystemClock()
        self.required = settings.wait_replicas_required
        self._servers: WeakKeyDictionary[ServerClient, _Server] = WeakKeyDictionary()
        self.state = ReplicationState()

    async def expect(self, tag: str) -> Expectation:
        """Expect a confirmation of what will be written under this hash tag."""
        try:
            client = await self._client.server_of(tag)
        except (*UNREACHABLE, exceptions.RedisError):
            return Expectation(self, None, tag, _NEVER_OPEN)
        server = self._servers.get(client)
        if server is None:
            server = self._servers[client] = _Server(client, self._replicas, self._seconds)
        return Expectation(self, server, tag, await server.open())

    def now(self) -> datetime:
        """The instant by the clock that `state` is written with."""
        return self._clock.now()

    def note(self, *, confirmed: bool) -> None:
        """Count a confirmation."""
        if confirmed:
            self.state.confirmed += 1
        else:
            self.state.missed += 1
            self.state.missed_at = self._clock.now()

    def close(self) -> None:
        """Close all connections."""
        for server in self._servers.values():
            server.close()


def replication_of(client: Redis) -> Replication | None:
    """The confirmations of a client's writes; None without `redis.wait_replicas`."""
    found = getattr(client, "confirmations", None)
    return found if isinstance(found, Replication) else None


def confirmed(client: Redis, tag: str) -> AbstractAsyncContextManager[None]:
    """Leave the block once enough replicas have what was written inside under this hash tag.

    Where too few replicas have it in time, the block raises EngineUnavailable with
    `redis.wait_replicas_required`, and ends without. Where its master is lost meanwhile, the block
    always raises EngineUnavailable. The write may stand, so a call that raises must be one that may
    be repeated. Without `redis.wait_replicas` nothing is asked.
    """
    replication = replication_of(client)
    return _UNCONFIRMED if replication is None else _confirmed(replication, tag)


@asynccontextmanager
async def _confirmed(replication: Replication, tag: str) -> AsyncIterator[None]:
    expected = await replication.expect(tag)
    yield
    match await expected.result():
        case Confirmation.LOST:
            raise EngineUnavailable("Redis does not answer: connection lost before replicas confirmed")
        case Confirmation.MISSING if replication.required:
            raise EngineUnavailable("Redis: fewer replicas than redis.wait_replicas have the change in time")


@asynccontextmanager
async def all_confirmed(client: Redis, tags: Callable[[], Iterable[str]]) -> AsyncIterator[None]:
    """As `confirmed`, for writes under several hash tags. `tags` is called where replicas are
    waited for.
    """
    async with AsyncExitStack() as stack:
        if replication_of(client):
            for tag in {*tags()}:
                await stack.enter_async_context(confirmed(client, tag))
        yield


async def expect(client: Redis, tag: str) -> Expectation | None:
    """Expect a confirmation of what will be written under this hash tag; None without
    `redis.wait_replicas`.
    """
    replication = replication_of(client)
    return None if replication is None else await replication.expect(tag)


class _Server:
    """Confirmations of one server: those who wait at the same time share one WAIT."""

    def __init__(self, client: ServerClient, replicas: int, seconds: float) -> None:
        self._connection = PipelinedConnection(client.open_connection, client.timeout)
        self._opening = asyncio.Lock()
        self._number = _NEVER_OPEN
        self._replicas = replicas
        self._wait = hiredis.pack_command(("WAIT", str(replicas), str(round(seconds * 1000))))  # type: ignore[arg-type]  # its types know one word
        self._waiting: list[tuple[str, int, asyncio.Future[Confirmation]]] = []
        self._runner: asyncio.Task[None] | None = None
        self._missing_until = 0.0

    async def open(self) -> int:
        """Open the connection, unless it is open; returns its number."""
        if self._connection.is_open():
            return self._number
        async with self._opening:
            if self._connection.is_open():
                return self._number
            try:
                await self._connection.open()
            except (*UNREACHABLE, exceptions.RedisError):
                return _NEVER_OPEN
            self._number += 1
            return self._number

    async def confirm(self, tag: str, connection: int) -> Confirmation:
        """Confirm that enough replicas have all that the server was told so far over any
        connection.

        `connection` must still be open. Shortly after a miss nothing is asked: callers would wait
        one after the other for a replica that is away.
        """
        if connection != self._number or not self._connection.is_open():
            return Confirmation.LOST
        loop = asyncio.get_running_loop()
        if loop.time() < self._missing_until:
            return Confirmation.MISSING
        done: asyncio.Future[Confirmation] = loop.create_future()
        self._waiting.append((tag, connection, done))
        if self._runner is None:
            self._runner = loop.create_task(self._run())
        return await done

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    async def _run(self) -> None:
        waiting: list[tuple[str, int, asyncio.Future[Confirmation]]] = []
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                number = waiting[-1][1]
                tags = {tag for tag, connection, _ in waiting if connection == number}
                found = await self._ask(tags, number)
                for _, connection, done in waiting:
                    if not done.done():
                        done.set_result(found if connection == number else Confirmation.LOST)
        finally:
            self._runner = None
            for _, _, done in (*waiting, *self._waiting):  # of a round that failed
                if not done.done():
                    done.set_result(Confirmation.LOST)

    async def _ask(self, tags: Collection[str], connection: int) -> Confirmation:
        """Ask for all tags together. Where one is on another server by now, all count as lost."""
        if connection != self._number:
            return Confirmation.LOST
        if asyncio.get_running_loop().time() < self._missing_until:
            return Confirmation.MISSING
        # WAIT concerns the writes of its own connection. These writes come after all that are to be
        # confirmed, so a replica that has them has those. A server that gave a tag's slot away may
        # not have got the write to be confirmed: it refuses this one, too.
        words = (("SET", f"{tag}:confirmed", "1", "PX", str(_KEY_LIFETIME_MS)) for tag in tags)
        writes = [hiredis.pack_command(command) for command in words]  # type: ignore[arg-type]  # as above
        try:
            *_, replicas = await self._connection.exchange(b"".join([*writes, self._wait]), len(writes) + 1)
        except UNREACHABLE:
            self._connection.close()
            return Confirmation.LOST
        except exceptions.RedisError:
            return Confirmation.LOST
        if cast("int", replicas) >= self._replicas:
            return Confirmation.GIVEN
        self._missing_until = asyncio.get_running_loop().time() + _MISSING_FOR
        return Confirmation.MISSING
