"""The client of Redis or Valkey, and what its errors mean."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import cached_property
from typing import cast

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection

from pushgate.domain.errors import EngineUnavailable
from pushgate.redis.pipelined_connection import PipelinedConnection
from pushgate.redis.shared_connection import SharedConnection

UNREACHABLE = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    OSError,
)
"""Errors of redis-py when the server cannot serve now. The same call may succeed later."""
_SILENT_SECONDS = 20
"""How long the server may take to answer."""
_LOST_ON_UVLOOP = "the handler is closed"
"""The end of the RuntimeError's text that uvloop raises for a write to a connection just lost."""
_LOST = "connection lost"
_NOT_NOW = {
    "OOM": "its memory is full (maxmemory)",
    "MISCONF": "it cannot write to disk",
    "BUSY": "a script keeps it busy",
    "NOREPLICAS": "too few replicas are connected",
    "CLUSTERDOWN": "the cluster is down",
    "TRYAGAIN": "a slot of the cluster is moving",
    "MASTERDOWN": "its master is down",
    "LOADING": "it is loading its data",
    "READONLY": "it is read-only",
    "UNBLOCKED": "it is changing its role",
}
"""Error words of a server that is full, cannot save, is busy, or is changing its role."""


def connect(url: str, max_connections: int = 64) -> "Redis":
    """A client that answers in bytes. It opens no connection before its first command.

    Scripts share one connection. A caller of other commands beyond `max_connections` waits for a
    free one, at most 20 s.
    """
    over_tcp = {} if url.startswith("unix://") else {"socket_keepalive": True}
    pool = _Pool.from_url(
        url,
        max_connections=max_connections,
        timeout=20,
        protocol=2,
        decode_responses=False,
        socket_connect_timeout=5,
        socket_timeout=_SILENT_SECONDS,
        health_check_interval=15,
        **over_tcp,
    )
    return _Client.from_pool(pool)


def open_pipeline(client: "Redis") -> PipelinedConnection:
    """A connection of its own to the client's server, which is opened with `open`.

    `client` is one that `connect` returned.
    """
    assert isinstance(client, _Client)
    return PipelinedConnection(client.open_connection, _SILENT_SECONDS)


class _Client(Redis):
    """Runs scripts, which are most of what Pushgate asks of Redis, on a connection of their own."""

    @cached_property
    def _scripts(self) -> SharedConnection:
        return SharedConnection(self.open_connection, _SILENT_SECONDS)

    async def execute_command(  # type: ignore[no-untyped-def]  # as the library has it
        self, *args: bytes | str | float, **options: object
    ):
        """Run a command."""
        if args[0] == "EVALSHA":
            return await self._scripts.call(args)
        return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close all connections."""
        self._scripts.close()
        await super().aclose(close_connection_pool)

    async def open_connection(self) -> AbstractConnection:
        """Open a connection outside the pool. Raises the errors of redis-py."""
        pool = self.connection_pool
        connection = pool.connection_class(**pool.connection_kwargs)
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
        except UNREACHABLE as error:
            raise _NotConnected(str(error)) from error
        return connection


class _NotConnected(exceptions.ConnectionError):
    """No connection was opened, so no command was sent."""


class _Pool(BlockingConnectionPool):
    """Tells a connection that could not be opened from one that was lost.

    On a lost connection, a command may have been carried out.
    """

    async def get_connection(  # type: ignore[no-untyped-def]  # as the library has it
        self, *args: object, **options: object
    ):
        try:
            return await super().get_connection(*args, **options)  # type: ignore[no-untyped-call]
        except UNREACHABLE as error:
            raise _NotConnected(str(error)) from error


class Changes(Enum):
    """Whether commands change anything in Redis, and how."""

    NOTHING = "nothing"
    AT_ONCE = "at once"
    """One command or script, which is carried out as a whole or not at all."""
    IN_STEPS = "in steps"


@dataclass(slots=True)
class Watch:
    """Whether commands may have changed something: carried out, or sent and never answered."""

    changed: bool = False


_watch: ContextVar[Watch | None] = ContextVar("redis_watch", default=None)


def watch() -> None:
    """Watch the commands of this context from now on."""
    _watch.set(Watch())


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch the commands inside. Commands in an inner watch count for the inner watch alone."""
    current = Watch()
    token = _watch.set(current)
    try:
        yield current
    finally:
        _watch.reset(token)


def may_have_changed() -> bool:
    """Whether the commands since `watching` may have changed something; True outside a watch."""
    current = _watch.get()
    return current is None or current.changed


def mark_changed() -> None:
    """A command that another context has sent for this one may have changed something."""
    if current := _watch.get():
        current.changed = True


@asynccontextmanager
async def reaching(changes: Changes = Changes.IN_STEPS) -> AsyncIterator[None]:
    """Commands inside raise EngineUnavailable where the server is out of reach."""
    changed = changes is not Changes.NOTHING
    try:
        yield
    except UNREACHABLE as error:
        if isinstance(error, _NotConnected) and changes is Changes.AT_ONCE:
            changed = False
        raise EngineUnavailable(f"Redis does not answer: {_cause(error)}") from error
    except RuntimeError as error:
        if not str(error).endswith(_LOST_ON_UVLOOP):
            raise
        raise EngineUnavailable(f"Redis does not answer: {_LOST}") from error
    except exceptions.ResponseError as error:
        if changes is Changes.AT_ONCE:
            changed = False
        raise _refusal(error) from None
    finally:
        if changed and (current := _watch.get()):
            current.changed = True


def _cause(error: BaseException) -> str:
    """Why the server did not serve, in words. The library's text may hold the address, so it is not
    used.
    """
    if isinstance(error, _NotConnected) and error.__cause__ is not None:
        known = _cause(error.__cause__)
        return "no connection" if known == _LOST else known
    match error:
        case exceptions.AuthenticationError():
            return "it refuses the user name or password of redis.url"
        case exceptions.MaxConnectionsError():
            return "too many connections"
        case exceptions.BusyLoadingError():
            return _NOT_NOW["LOADING"]
        case exceptions.TimeoutError() | TimeoutError():
            return "no answer in time"
    return _LOST


def _refusal(error: exceptions.ResponseError) -> Exception:
    # In a pipeline the library's text begins with the command, whose arguments may be push tokens.
    word = str(error).rpartition("caused error: ")[2].partition(" ")[0].rstrip(":")[:32]
    if isinstance(error, exceptions.OutOfMemoryError):
        word = "OOM"
    elif isinstance(error, exceptions.ReadOnlyError):
        word = "READONLY"
    if word in _NOT_NOW:
        return EngineUnavailable(f"Redis cannot serve now: {_NOT_NOW[word]}")
    return exceptions.ResponseError(f"Redis refuses a command: {word}")


@asynccontextmanager
async def within(limit: timedelta) -> AsyncIterator[None]:
    """Calls inside raise EngineUnavailable where they take longer than `limit` together: the server
    hangs.
    """
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except TimeoutError as error:
        raise EngineUnavailable(f"Redis does not answer within {limit.total_seconds():g} s") from error


async def ping(client: "Redis") -> None:
    """Raise EngineUnavailable unless the server answers within 5 s."""
    async with reaching(Changes.NOTHING), asyncio.timeout(5):
        await cast("Awaitable[object]", client.ping())
