"""Servers that may break every rule: a script writes raw bytes to a real socket."""

import asyncio
import contextlib
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from tests.support.http2.servers import Certificates

from pushgate.http2 import frames

MANY_STREAMS = frames.settings({frames.MAX_CONCURRENT_STREAMS: 1000})


@dataclass(eq=False)
class RawConnection:
    """One connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    client_window: int = frames.DEFAULT_WINDOW
    """Bytes that the client's connection window allows now."""
    resets: set[int] = field(default_factory=set)
    goaway: int | None = None
    """The code of the client's GOAWAY."""

    async def send_preface(self, data: bytes = MANY_STREAMS) -> None:
        """Read the client's preface; send the server's."""
        await self.reader.readexactly(len(frames.PREFACE))
        await self.send(data)

    async def send(self, data: bytes) -> None:
        """Write as fast as the client reads."""
        self.writer.write(data)
        await self.writer.drain()

    async def read_frame(self) -> tuple[int, int, int, bytes]:
        """Type, flags, stream and payload of the client's next frame.

        Records windows, resets and GOAWAY.
        """
        high, low, kind, flags, sid = frames.FRAME_HEADER.unpack(await self.reader.readexactly(9))
        payload = await self.reader.readexactly(high << 16 | low)
        if kind == frames.WINDOW_UPDATE and sid == 0:
            self.client_window += frames.read_uint32(payload)
        elif kind == frames.RST_STREAM:
            self.resets.add(sid)
        elif kind == frames.GOAWAY:
            self.goaway = frames.read_goaway(payload)[1]
        return kind, flags, sid, payload

    async def read_requests(self, count: int) -> list[int]:
        """Wait for `count` complete requests; return their streams."""
        found: list[int] = []
        while len(found) < count:
            kind, flags, sid, _ = await self.read_frame()
            if kind == frames.DATA and flags & frames.END_STREAM:
                found.append(sid)
        return found

    async def read_until_closed(self) -> None:
        """Read until the client ends the connection."""
        while True:
            await self.read_frame()


Script = Callable[[RawConnection], Awaitable[None]]


@dataclass(eq=False)
class RawServer:
    """A running server and all its connections."""

    address: str
    connections: list[RawConnection] = field(default_factory=list)
    open: int = 0
    max_open: int = 0


@asynccontextmanager
async def serve_raw(
    script: Script, certificates: Certificates | None = None, protocols: tuple[str, ...] = ("h2",)
) -> AsyncIterator[RawServer]:
    """A server that runs the script for every connection, then closes it."""
    context = None
    if certificates:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.server, certificates.server_key)
        context.set_alpn_protocols(list(protocols))
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(task := asyncio.current_task())  # type: ignore[arg-type]  # there is one
        task.add_done_callback(tasks.discard)  # type: ignore[union-attr]  # there is one
        connection = RawConnection(reader, writer, len(server.connections))
        server.connections.append(connection)
        server.open += 1
        server.max_open = max(server.max_open, server.open)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await script(connection)
        server.open -= 1
        writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    port = listener.sockets[0].getsockname()[1]
    server = RawServer(f"{'https' if certificates else 'http'}://127.0.0.1:{port}")
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def require_memory_below(max_growth: int) -> Iterator[None]:
    """Fail when Python's memory grows by `max_growth` bytes or more inside the block."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        yield
        grown = tracemalloc.get_traced_memory()[1] - before
        assert grown < max_growth, f"{grown / 2**20:.1f} MiB"
    finally:
        tracemalloc.stop()
