"""The client of Redis or Valkey, and what its errors mean."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import partial
from typing import cast

from redis import exceptions
from redis.asyncio import Redis

from pushgate.domain.errors import EngineUnavailable
from pushgate.redis.cluster.client import ClusterClient
from pushgate.redis.cluster.topology import NoServer
from pushgate.redis.connection_options import connection_options
from pushgate.redis.pipelined_connection import PipelinedConnection
from pushgate.redis.replication import Replication
from pushgate.redis.sentinel import NoMaster, NoSentinel, SentinelClient
from pushgate.redis.server import UNREACHABLE, NotConnected, ServerClient, WaitingPool, is_lost_on_uvloop
from pushgate.settings.redis import RedisSettings

_LOST = "connection lost"
_NOBODY = {
    NoServer: "no node of redis.cluster answers",
    NoSentinel: "none of redis.sentinels answers",
    NoMaster: "the master is down, as the sentinels say",
}
_NOT_NOW = {
    "OOM": "its memory is full (maxmemory)",
    "MISCONF": "it cannot write to disk",
    "BUSY": "a script keeps it busy",
    "NOREPLICAS": "too few replicas are connected",
    "CLUSTERDOWN": "the cluster is down",
    "TRYAGAIN": "a slot of the cluster is moving",
    "ASK": "a slot of the cluster is moving",
    "MOVED": "a slot of the cluster has moved",
    "MASTERDOWN": "its master is down",
    "LOADING": "it is loading its data",
    "READONLY": "it is read-only",
    "UNBLOCKED": "it is changing its role",
}
"""Error words of a server that is full, cannot save, is busy, or is changing its role."""


def connect(settings: RedisSettings) -> "Redis":
    """A client that answers in bytes. It opens no connection before its first command.

    Scripts share one connection to each server. A caller of other commands beyond
    `max_connections` waits for a free one, at most 20 s. Raises ConfigurationError for files of TLS
    that cannot be read.
    """
    client = _client(settings)
    if settings.wait_replicas:
        client.confirmations = Replication(client, settings)
    return client


def _client(settings: RedisSettings) -> ServerClient | ClusterClient:
    options = connection_options(settings)
    if settings.sentinels:
        return SentinelClient(settings, options)
    if settings.cluster:
        return ClusterClient(settings, options)
    return ServerClient(WaitingPool.of(options, settings.max_connections))


async def masters(client: "Redis") -> Sequence["Redis"]:
    """A client of each server that takes writes: for commands that concern a server and no key.

    Raises EngineUnavailable.
    """
    if isinstance(client, ClusterClient):
        async with reaching(Changes.NOTHING):
            return await client.masters()
    return [client]


async def server_of(client: "Redis", key: str) -> "Redis":
    """The client of the server that has the key. Raises EngineUnavailable."""
    if isinstance(client, ClusterClient):
        async with reaching(Changes.NOTHING):
            return await client.server_of(key)
    return client


def open_pipeline(client: "Redis", key: str) -> PipelinedConnection:
    """A connection of its own, which is opened with `open`, to the server that has the key.

    `client` is one that `connect` returned.
    """
    if isinstance(client, ClusterClient):
        return PipelinedConnection(partial(client.open_connection, key), client.timeout)
    assert isinstance(client, ServerClient)
    return PipelinedConnection(client.open_connection, client.timeout)


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
        if isinstance(error, NotConnected) and changes is Changes.AT_ONCE:
            changed = False
        raise EngineUnavailable(f"Redis does not answer: {_cause(error)}") from error
    except RuntimeError as error:
        if not is_lost_on_uvloop(error):
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
    if known := next((text for kind, text in _NOBODY.items() if isinstance(error, kind)), None):
        return known
    if isinstance(error, NotConnected) and error.__cause__ is not None:
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
    text = str(error).rpartition("caused error: ")[2].lstrip("('\"")
    word = error.status_code or text.partition(" ")[0].rstrip(":")[:32]
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
