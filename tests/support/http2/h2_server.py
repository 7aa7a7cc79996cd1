"""A server made with `h2` on a real socket. A script decides each of its steps."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
from tests.support.http2.servers import Certificates


@dataclass(eq=False)
class ServerConnection:
    """One connection to the server."""

    h2: h2.connection.H2Connection
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    complete: list[int] = field(default_factory=list)
    """Streams whose request is complete."""
    paths: dict[int, str] = field(default_factory=dict)
    resets: dict[int, int] = field(default_factory=dict)
    pings: int = 0
    silent: bool = False
    """Whether the server writes nothing, like a dead host."""
    closed: bool = False

    def respond(self, stream: int, status: int = 200) -> None:
        """Answer a request."""
        self.h2.send_headers(stream, [(":status", str(status))], end_stream=True)

    def flush(self) -> None:
        """Write the frames that wait."""
        data = self.h2.data_to_send()
        if data and not self.silent and not self.writer.is_closing():
            self.writer.write(data)


Script = Callable[[ServerConnection, h2.events.Event], Awaitable[None]]


@dataclass(eq=False)
class H2Server:
    """A running server and all its connections."""

    address: str
    connections: list[ServerConnection] = field(default_factory=list)

    @property
    def open(self) -> list[ServerConnection]:
        """Connections that are open."""
        return [connection for connection in self.connections if not connection.closed]

    @property
    def processed(self) -> list[str]:
        """The paths of all complete requests."""
        return [connection.paths[stream] for connection in self.connections for stream in connection.complete]


@asynccontextmanager
async def serve_h2(
    script: Script,
    certificates: Certificates | None = None,
    host: str = "127.0.0.1",
    **settings: int,
) -> AsyncIterator[H2Server]:
    """A server that calls the script for every event of every connection."""
    told = {getattr(h2.settings.SettingCodes, name): value for name, value in settings.items()}
    context = None
    if certificates:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.server, certificates.server_key)
        context.set_alpn_protocols(["h2"])
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(task := asyncio.current_task())  # type: ignore[arg-type]  # there is one
        task.add_done_callback(tasks.discard)  # type: ignore[union-attr]  # there is one
        protocol = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        protocol.local_settings = h2.settings.Settings(client=False, initial_values=told)
        protocol.initiate_connection()
        connection = ServerConnection(protocol, reader, writer, len(server.connections))
        server.connections.append(connection)
        with contextlib.suppress(OSError, asyncio.CancelledError, h2.exceptions.ProtocolError):
            await _talk(connection, script)
        connection.closed = True
        writer.transport.abort()

    listener = await asyncio.start_server(handle, host, 0, ssl=context)
    port = listener.sockets[0].getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    server = H2Server(f"{'https' if certificates else 'http'}://{shown}:{port}")
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _talk(connection: ServerConnection, script: Script) -> None:
    connection.flush()
    while data := await connection.reader.read(65_536):
        for event in connection.h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                connection.paths[event.stream_id] = dict(event.headers)[":path"]  # type: ignore[index,assignment]  # text
            elif isinstance(event, h2.events.DataReceived):
                connection.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                connection.complete.append(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                connection.resets[event.stream_id] = event.error_code
            elif isinstance(event, h2.events.PingReceived):
                connection.pings += 1
            await script(connection, event)
        connection.flush()
        await connection.writer.drain()


async def answer_all(connection: ServerConnection, event: h2.events.Event) -> None:
    """A script that answers every request with 200."""
    if isinstance(event, h2.events.StreamEnded):
        connection.respond(event.stream_id)
