"""The client of one server."""

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol, Self, cast

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection

from pushgate.redis.shared_connection import SharedConnection

UNREACHABLE = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    OSError,
)
"""Errors of redis-py when the server cannot serve now. The same call may succeed later."""
_LOST_ON_UVLOOP = "the handler is closed"
"""The end of the RuntimeError's text that uvloop raises for a write to a connection just lost."""
_PLACE_SECONDS = 20
"""How long a caller waits for a free connection of the pool."""


def is_lost_on_uvloop(error: RuntimeError) -> bool:
    """Whether the error tells that the connection was lost before a write."""
    return str(error).endswith(_LOST_ON_UVLOOP)


class Closeable(Protocol):
    """What a client closes with itself."""

    def close(self) -> None:
        """Close all connections."""
        ...


class NotConnected(exceptions.ConnectionError):
    """No connection was opened, so no command was sent."""


class WaitingPool(BlockingConnectionPool):
    """Connections of the callers, who wait for one where all are in use.

    Tells a connection that could not be opened from one that was lost. On a lost connection, a
    command may have been carried out.
    """

    @classmethod
    def of(cls, options: Mapping[str, object], max_connections: int) -> Self:
        """A pool of connections with these options of redis-py."""
        return cls(max_connections=max_connections, timeout=_PLACE_SECONDS, **options)  # type: ignore[arg-type]  # its options by name

    async def get_connection(  # type: ignore[no-untyped-def]  # as the library has it
        self, *args: object, **options: object
    ):
        """A connection, opened."""
        try:
            return await super().get_connection(*args, **options)  # type: ignore[no-untyped-call]  # the library
        except UNREACHABLE as error:
            raise NotConnected(str(error)) from error


class ServerClient(Redis):
    """Runs scripts, which are most of what Pushgate asks of Redis, on a connection of their own."""

    def __init__(self, pool: WaitingPool) -> None:
        """The client closes the pool."""
        super().__init__(connection_pool=pool)
        self.auto_close_connection_pool = True
        self.timeout = cast("float", pool.connection_kwargs["socket_timeout"])
        self.confirmations: Closeable | None = None
        """See `redis.replication`."""
        self.host = cast("str", pool.connection_kwargs.get("host", ""))
        self.name = ""
        """Tells it from other servers; empty where there is no other."""

    @cached_property
    def _scripts(self) -> SharedConnection:
        return SharedConnection(self.open_connection, self.timeout)

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
        if self.confirmations:
            self.confirmations.close()
        await super().aclose(close_connection_pool)

    async def server_of(self, key: str) -> "ServerClient":  # as a cluster's client
        """The client of the key's server: this one."""
        return self

    async def open_connection(self) -> AbstractConnection:
        """Open a connection outside the pool. Raises the errors of redis-py."""
        return await self._open({})

    async def _open(self, options: Mapping[str, object]) -> AbstractConnection:
        pool = self.connection_pool
        connection = pool.connection_class(**{**pool.connection_kwargs, **options})
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
        except UNREACHABLE as error:
            raise NotConnected(str(error)) from error
        except RuntimeError as error:
            if not is_lost_on_uvloop(error):
                raise
            raise NotConnected(str(error)) from error
        return connection
