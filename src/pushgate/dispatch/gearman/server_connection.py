"""A connection on which jobs are submitted to one Gearman server.

Speaks as much of the binary protocol as that takes; gearmand's PROTOCOL document describes it.
"""

import asyncio
import contextlib
import struct
import time

from pushgate.dispatch.gearman.connection import CONNECT_TIMEOUT, keep_alive
from pushgate.dispatch.job import Job, encode, function_of, unique_id
from pushgate.domain.message import Priority

_DEAD_SERVER_PAUSE = 10.0
"""Seconds for which a server that failed is tried last."""
_HEAD = struct.Struct(">4sII")
"""Magic, type and size of a packet."""
_SUBMIT_BACKGROUND = {Priority.HIGH: 32, Priority.NORMAL: 18, Priority.LOW: 34}
_JOB_CREATED, _ERROR = 8, 19
_READ_SIZE = 65536


class SubmissionRefused(Exception):
    """The server answered with an error, for example because its queue is full."""


class ServerConnection:
    """The connection to one server, and until when the server counts as dead.

    It is opened when it is needed. After a failure it is closed: otherwise late answers would be
    read as answers to later jobs.
    """

    def __init__(self, server: str, timeout: float) -> None:
        """`server` is `host:port`; `timeout` is in seconds, for an answer to one submission."""
        self.server = server
        self._timeout = timeout
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._dead_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the connection is open, though perhaps to a server that has gone since."""
        return self._streams is not None

    @property
    def is_dead(self) -> bool:
        """Whether the server failed a moment ago."""
        return self._dead_until > time.monotonic()

    async def submit(self, packets: bytes, count: int) -> None:
        """Queue the jobs of so many packets.

        Raises OSError or SubmissionRefused when the server did not take them all.
        """
        done = False
        try:
            if self._streams is None:
                self._streams = await self._open()
            async with asyncio.timeout(self._timeout):
                await _submit(*self._streams, packets, count)
            done = True
        finally:
            if not done:
                self._dead_until = time.monotonic() + _DEAD_SERVER_PAUSE
                self._drop()
        self._dead_until = 0.0

    async def close(self) -> None:
        """Close the connection."""
        streams = self._streams
        self._drop()
        if streams:
            with contextlib.suppress(OSError):
                await streams[1].wait_closed()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, _, port = self.server.rpartition(":")
        async with asyncio.timeout(CONNECT_TIMEOUT):
            reader, writer = await asyncio.open_connection(host, int(port))
        keep_alive(writer.get_extra_info("socket"))
        return reader, writer

    def _drop(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None


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
