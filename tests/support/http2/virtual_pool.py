"""Virtual time for an event loop, and a server with scripted connections without sockets.

Time passes at once when every task waits.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pushgate.http2 import frames
from pushgate.http2.burst import Burst
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.connection import Connection
from pushgate.http2.pool import ConnectionPool
from pushgate.http2.results import Response
from pushgate.http2.timeouts import Timeouts
from pushgate.http2.transport import Transport

Result = TypeVar("Result")


class _Clock(selectors.SelectSelector):
    """Advances the clock instead of waiting. Fails when no timer is set."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits, and no timer is set"
            self.now += timeout
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)

    def time(self) -> float:
        """Seconds since the start."""
        return self._clock.now


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main)


def now() -> float:
    """The event loop's time."""
    return asyncio.get_running_loop().time()


class FakeSocket(asyncio.Transport):
    """The client's side of a connection to the server: a transport of asyncio."""

    def __init__(self, transport: Transport, number: int, on_request: "OnRequest") -> None:
        super().__init__()
        self.number = number
        self.closed = False
        self._transport = transport
        self._on_request = on_request
        self._sent = b""

    def send(self, data: bytes) -> None:
        """Deliver bytes to the client in the next turn of the event loop."""
        asyncio.get_running_loop().call_soon(self._deliver, data)

    def _deliver(self, data: bytes) -> None:
        if not self.closed:
            self._transport.data_received(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take bytes of the client: acknowledge PING, pass each complete request to the script."""
        self._sent = (self._sent + bytes(data)).removeprefix(frames.PREFACE)
        while len(self._sent) >= 9:
            high, low, kind, flags, sid = frames.FRAME_HEADER.unpack_from(self._sent)
            size = 9 + (high << 16 | low)
            if len(self._sent) < size:
                return
            payload, self._sent = self._sent[9:size], self._sent[size:]
            if kind == frames.PING and not flags & frames.ACK:
                self.send(frames.frame(frames.PING, frames.ACK, 0, payload))
            if kind == frames.DATA and flags & frames.END_STREAM:
                self._on_request(self, sid)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is buffered."""

    def is_closing(self) -> bool:
        """Whether either side has closed it."""
        return self.closed

    def pause_reading(self) -> None:
        """Ignored: the server sends little."""

    def resume_reading(self) -> None:
        """Ignored: the server sends little."""

    def close(self) -> None:
        """Close, from either side."""
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self._transport.connection_lost, None)

    abort = close


OnConnect = Callable[[FakeSocket], None]
OnRequest = Callable[[FakeSocket, int], None]


def sends(data: bytes) -> OnConnect:
    """A server that sends these bytes when a connection opens."""
    return lambda socket: socket.send(data)


def never_responds(_socket: FakeSocket, _sid: int) -> None:
    """A script that answers no request."""


@dataclass(eq=False)
class FakeServer:
    """A server defined by two scripts:
    for a new connection, which it may refuse by raising, and for a request."""

    on_connect: OnConnect
    on_request: OnRequest = never_responds
    sockets: list[FakeSocket] = field(default_factory=list)
    connected_at: list[float] = field(default_factory=list)

    @property
    def open(self) -> int:
        """Number of open connections."""
        return sum(not socket.closed for socket in self.sockets)

    async def connect(self, make: Callable[[], Transport]) -> None:
        """Connect, as `pushgate.http2.connect` does."""
        assert len(self.connected_at) < 500, "it connects without end"
        self.connected_at.append(now())
        transport = make()
        socket = FakeSocket(transport, len(self.sockets), self.on_request)
        self.on_connect(socket)
        self.sockets.append(socket)
        transport.connection_made(socket)

    def pool(self, connections: int = 1, **timeouts: float) -> ConnectionPool:
        """A pool that sends to this server."""
        return ConnectionPool(
            self.connect,
            lambda: Connection(b"https", b"push.example"),
            name="push.example",
            max_connections=connections,
            timeouts=Timeouts(**timeouts),
        )


def send_requests(pool: ConnectionPool, template: BurstTemplate, count: int) -> "asyncio.Task[list[str]]":
    """Send `count` requests. The task returns their results: status, `NoResponse` or `NotSent`."""
    burst = Burst(template, [b"x"] * count, Timeouts().response)
    pool.add(burst)

    async def ends() -> list[str]:
        found: dict[int, str] = {}
        async with burst:
            async for indexes, result in burst:
                assert not found.keys() & set(indexes), "a request has two results"
                kind = str(result.status) if isinstance(result, Response) else type(result).__name__
                found.update(dict.fromkeys(indexes, kind))
        assert len(found) == count, "a request has no result"
        return sorted(found.values())

    return asyncio.create_task(ends())
