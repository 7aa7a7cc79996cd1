"""The client of a master that sentinels name.

The sentinels are asked before a command where their last answer is older than a second. So a master
that was away for a while, and does not know yet that another one took over, gets no commands: what
it would take then, it would lose.
"""

import asyncio
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Mapping
from typing import cast

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection, Connection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.redis.addresses import Address
from pushgate.redis.server import UNREACHABLE, NotConnected, ServerClient, WaitingPool
from pushgate.settings.redis import RedisSettings

_VALID_SECONDS = 1.0
"""How long an answer of the sentinels counts."""
_MIN_PAUSE_SECONDS = 0.1
"""How long it counts at least, whatever fails."""
_SOON_SECONDS = 0.1
"""How long the other sentinels are waited for after one has answered."""
_Answer = Mapping[str, Mapping[str, object]]
"""What a sentinel knows of each master."""


class NoSentinel(NotConnected):
    """No sentinel answers, and none has answered yet."""


class NoMaster(NotConnected):
    """The sentinels answer that the master is down."""


class Master:
    """Where the master is, as the sentinels tell it. All callers share one question."""

    def __init__(self, settings: RedisSettings, options: Mapping[str, object]) -> None:
        """`options` are those of a connection to Redis; they hold what sentinels need of TLS."""
        self._sentinel = _sentinels(settings, options)
        self._name = settings.sentinel_master
        self._address: Address | None = None
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[Address] | None = None
        self.on_move: Callable[[Address], None] = lambda _: None
        """Called with the address of a master other than the last one."""

    async def find(self) -> Address:
        """The address of the master. Raises the errors of redis-py, and ConfigurationError for a
        master that the sentinels do not know.
        """
        if self._address and not self._is_older(_VALID_SECONDS):
            return self._address
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    def doubt(self) -> None:
        """Ask again before the next command: the master was lost."""
        if self._is_older(_MIN_PAUSE_SECONDS):
            self._asked_at = float("-inf")

    async def down_after_ms(self) -> int | None:
        """After how many milliseconds without an answer a sentinel calls the master down; None
        where no sentinel tells.
        """
        for known in await self._answers():
            found = known.get(self._name, {}).get("down-after-milliseconds")
            if found is not None:
                return int(str(found))
        return None

    async def close(self) -> None:
        """Close the connections to the sentinels."""
        if self._asking and not self._asking.done():
            self._asking.cancel()
            await asyncio.wait([self._asking])
        for client in self._sentinel.sentinels:
            await client.aclose()

    def _is_older(self, seconds: float) -> bool:
        return asyncio.get_running_loop().time() - self._asked_at > seconds

    async def _ask(self) -> Address:
        try:
            found = await self._find_latest()
        except ConfigurationError:
            if self._address is None:
                raise
            found = None  # sentinels that lost their configuration choose no other master
        if found:
            self._take(found)
        if self._address is None:
            raise NoSentinel("no sentinel answers")
        self._asked_at = asyncio.get_running_loop().time()
        return self._address

    async def _find_latest(self) -> Address | None:
        """The master by the latest configuration; None where no sentinel answers."""
        answers = await self._answers()
        states = [dict(known[self._name]) for known in answers if self._name in known]
        if answers and not states:
            names = ", ".join(sorted({name for known in answers for name in known})) or "none"
            raise _refused("sentinel_master", f"the sentinels know no such master; they know: {names}")
        found = [state for state in states if self._sentinel.check_master_state(state, self._name)]
        if states and not found:
            raise NoMaster("the master is down")
        if not found:
            return None
        # A sentinel that was cut off names the master of an earlier configuration for a while.
        latest = max(found, key=lambda state: cast("int", state["config-epoch"]))
        return Address(str(latest["ip"]), cast("int", latest["port"]))

    async def _answers(self) -> list[_Answer]:
        """What most sentinels answer, or those that answer soon after the first one."""
        sentinels = self._sentinel.sentinels
        asking = {asyncio.create_task(_ask_one(sentinel)) for sentinel in sentinels}
        answers: list[_Answer] = []
        try:
            while asking and len(answers) <= len(sentinels) // 2:
                patience = _SOON_SECONDS if answers else None
                done, asking = await asyncio.wait(asking, timeout=patience, return_when=FIRST_COMPLETED)
                if not done:
                    break
                answers += [answer for task in done if (answer := task.result()) is not None]
        finally:
            for task in asking:
                task.cancel()
        return answers

    def _take(self, address: Address) -> None:
        if address != self._address:
            self._address = address
            self.on_move(address)


class SentinelPool(WaitingPool):
    """Connections to the master. One that leads to another server is opened anew."""

    master: Master

    async def ensure_connection(self, connection: AbstractConnection) -> None:
        """Let the connection lead to the master. Raises the errors of redis-py."""
        address = await self.master.find()
        assert isinstance(connection, Connection)
        if (connection.host, connection.port) != (address.host, address.port):
            await connection.disconnect()
            connection.host, connection.port = address.host, address.port
        try:
            await super().ensure_connection(connection)
        except UNREACHABLE:
            self.master.doubt()
            raise


class SentinelClient(ServerClient):
    """The client of the server that is the master at the time."""

    def __init__(self, settings: RedisSettings, options: Mapping[str, object]) -> None:
        """`options` are those of a connection, without host and port."""
        pool = SentinelPool.of(options, settings.max_connections)
        super().__init__(pool)
        self._master = pool.master = Master(settings, options)
        self._master.on_move = self._leave

    async def execute_command(  # type: ignore[no-untyped-def]  # as the library has it
        self, *args: bytes | str | float, **options: object
    ):
        """Run a command on the master."""
        try:
            await self._master.find()
            return await super().execute_command(*args, **options)
        except (*UNREACHABLE, exceptions.ReadOnlyError):
            self._master.doubt()
            raise

    async def open_connection(self) -> AbstractConnection:
        """Open a connection to the master outside the pool. Raises the errors of redis-py."""
        address = await self._master.find()
        return await self._open({"host": address.host, "port": address.port})

    async def down_after_ms(self) -> int | None:
        """After how many milliseconds without an answer the master counts as down."""
        return await self._master.down_after_ms()

    def _leave(self, address: Address) -> None:
        """Another server is the master from now on."""
        self.name = str(address)
        self._scripts.close()
        if self.confirmations:  # replicas that still follow the former master must confirm nothing
            self.confirmations.close()

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close all connections."""
        await super().aclose(close_connection_pool)
        await self._master.close()


async def _ask_one(sentinel: Redis) -> _Answer | None:
    """What a sentinel knows of its masters; None where it does not answer."""
    try:
        return cast("_Answer", await sentinel.sentinel_masters())
    except exceptions.AuthenticationError:
        raise _refused("sentinel_password", "the sentinels refuse it or its user") from None
    except UNREACHABLE:
        return None


def _sentinels(settings: RedisSettings, options: Mapping[str, object]) -> Sentinel:
    password = settings.sentinel_password
    known = {name: value for name, value in options.items() if name.startswith(("socket_", "ssl_"))}
    return Sentinel(  # type: ignore[no-untyped-call]
        [(address.host, address.port) for address in map(Address.parse, settings.sentinels)],
        sentinel_kwargs={
            **known,
            "ssl": settings.access.startswith("rediss://"),
            "username": settings.sentinel_username,
            "password": password.get_secret_value() if password else None,
            "protocol": 2,
            "retry": Retry(NoBackoff(), 0),
        },
    )


def _refused(field: str, problem: str) -> ConfigurationError:
    return ConfigurationError([FieldError(f"redis.{field}", problem)])
