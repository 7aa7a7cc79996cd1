"""A connection on which jobs are submitted to one Gearman server.

Speaks only the part of the binary protocol that this needs. gearmand's PROTOCOL document describes
the protocol.
"""

import asyncio
import struct

from pushgate.dispatch.gearman.connection import CONNECT_TIMEOUT, keep_alive
from pushgate.dispatch.job import Job, encode, function_of, unique_id
from pushgate.domain.message import Priority

_PROBE_PAUSE = 1.0
"""Seconds between two questions to a dead server."""
_HEAD = struct.Struct(">4sII")
"""Magic, type and size of a packet."""
_SUBMIT_BACKGROUND = {Priority.HIGH: 32, Priority.NORMAL: 18, Priority.LOW: 34}
_JOB_CREATED, _ERROR = 8, 19
_READ_SIZE = 65536
_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class SubmissionRefused(Exception):
    """The server answered with an error, for example because its queue is full."""


class ServerConnection:
    """The connection to one server, and whether the server counts as dead.

    The connection is opened when it is needed. After a failure it is closed: otherwise late answers
    would be read as answers to later jobs. A server that failed is probed every second in the
    background, so no job has to wait for a probe.
    """

    def __init__(self, server: str, timeout: float) -> None:
        """`server` is `host:port`; `timeout` is in seconds, for an answer to one submission."""
        self.server = server
        self._timeout = timeout
        self._turn = asyncio.Lock()
        self._streams: _Streams | None = None
        self._failures = 0
        self._losses = 0
        self._revival: asyncio.Task[None] | None = None

    @property
    def is_dead(self) -> bool:
        """Whether the server failed, and has not answered since."""
        return self._revival is not None

    def count_losses(self) -> int:
        """How often the connection was lost or the server did not answer. Each time, jobs that wait
        in the server may be lost.
        """
        if self._streams and self._streams[0].at_eof() and not self._turn.locked():
            self._drop()
            self._losses += 1
        return self._losses

    async def submit(self, packets: bytes, count: int) -> None:
        """Queue `count` jobs, whose packets these are. Calls wait for one another.

        Raises OSError or SubmissionRefused if the server did not take them all, and OSError if the
        server failed during another call while this call waited.
        """
        failures = self._failures
        async with self._turn:
            if self._failures != failures:
                raise ConnectionAbortedError
            try:
                await self._submit(packets, count)
            except (OSError, SubmissionRefused):
                self._failures += 1
                if self._revival is None:
                    self._losses += 1
                    self._revival = asyncio.create_task(self._revive())
                raise
            self._stop_revival()

    async def close(self) -> None:
        """Close the connection."""
        self._stop_revival()
        self._drop()

    async def _submit(self, packets: bytes, count: int) -> None:
        """Submit the packets. If an open connection turns out to be lost, submit once more on a new
        one: the server may have restarted.
        """
        was_open = self._streams is not None
        try:
            await self._submit_once(packets, count)
        except TimeoutError:
            raise
        except OSError:
            if not was_open:
                raise
            self._losses += 1
            await self._submit_once(packets, count)

    async def _submit_once(self, packets: bytes, count: int) -> None:
        done = False
        try:
            if self._streams is None:
                self._streams = await _open(self.server)
            async with asyncio.timeout(self._timeout):
                await _submit(*self._streams, packets, count)
            done = True
        finally:
            if not done:
                self._drop()

    async def _revive(self) -> None:
        """Wait until the server answers."""
        while True:
            await asyncio.sleep(_PROBE_PAUSE)  # a server does not announce that it is back
            try:
                await _probe(self.server)
            except OSError:
                continue
            self._revival = None
            return

    def _stop_revival(self) -> None:
        if self._revival:
            self._revival.cancel()
            self._revival = None

    def _drop(self) -> None:
        if self._streams:
            # Closing would wait until a lost peer takes the unsent bytes.
            self._streams[1].transport.abort()
            self._streams = None


async def _open(server: str) -> _Streams:
    host, _, port = server.rpartition(":")
    async with asyncio.timeout(CONNECT_TIMEOUT):
        reader, writer = await asyncio.open_connection(host, int(port))
    keep_alive(writer.get_extra_info("socket"))
    return reader, writer


async def _probe(server: str) -> None:
    """Ask a server for its state. Raises OSError when it does not answer.

    A process that is stopped still accepts connections.
    """
    reader, writer = await _open(server)
    try:
        writer.write(b"status\n")  # a command that every server answers
        async with asyncio.timeout(CONNECT_TIMEOUT):
            if not await reader.read(1):
                raise ConnectionResetError
    finally:
        writer.transport.abort()


def packet(job: Job) -> bytes:
    """The packet that submits the job in the background."""
    body = b"\0".join((function_of(job).encode(), unique_id(job), encode(job)))
    return _HEAD.pack(b"\0REQ", _SUBMIT_BACKGROUND[job.priority], len(body)) + body


async def _submit(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, packets: bytes, count: int
) -> None:
    writer.write(packets)
    await writer.drain()
    received = bytearray()
    while count:
        some = await reader.read(_READ_SIZE)
        if not some:
            raise ConnectionResetError
        received += some
        count -= _take_created(received)


def _take_created(received: bytearray) -> int:
    """Remove whole packets; returns how many jobs were created. Raises SubmissionRefused."""
    created = at = 0
    while len(received) >= at + _HEAD.size:
        magic, kind, size = _HEAD.unpack_from(received, at)
        if magic != b"\0RES":
            raise SubmissionRefused("the server does not speak Gearman's protocol")
        body = at + _HEAD.size
        if len(received) < body + size:
            break
        if kind == _ERROR:
            code = bytes(received[body : body + size]).partition(b"\0")[0]
            raise SubmissionRefused(f"the server answered {code!r}")
        created += kind == _JOB_CREATED
        at = body + size
    del received[:at]
    return created
