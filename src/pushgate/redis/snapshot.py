"""Snapshots of one server: written on its disk, or received as a replica receives them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from pushgate.domain.errors import EngineUnavailable, PushgateError
from pushgate.redis.client import Changes, reaching

_POLL_SECONDS = 0.2
_SILENT_SECONDS = 60
"""How long a server may send nothing, not even the line feeds by which it shows that it is at
work."""
_BEGINS_WITHIN = 2.0
"""Seconds within which a free server begins its snapshot."""
_AT_WORK = "rdb_bgsave_in_progress", "aof_rewrite_in_progress"
_MAX_HEAD = 256
"""Bytes of the line that comes before a snapshot."""
Progress = Callable[[int], None]
"""Is told of the bytes that were received."""


class SnapshotFailed(PushgateError):
    """The server made no snapshot. The text says why."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot: where it is, None where the server does not tell; its bytes, None where they are
    not known.
    """

    file: str | None
    size: int | None


async def save(redis: Redis, seconds: float) -> Snapshot:
    """Let the server write a snapshot that begins now; return once it is complete.

    Raises SnapshotFailed, EngineUnavailable.
    """
    deadline = time.monotonic() + seconds
    before = await _persistence(redis)
    while before.get("rdb_bgsave_in_progress"):
        before = await _wait(redis, deadline)
    try:
        async with reaching(Changes.AT_ONCE):
            await redis.bgsave(schedule=True)
    except exceptions.ResponseError as error:
        raise SnapshotFailed(
            "the server does not allow BGSAVE: copy with --output, or by the means of its provider"
        ) from error
    asked_at = time.monotonic()
    while (found := await _wait(redis, deadline)).get("rdb_saves") == before.get("rdb_saves"):
        if any(found.get(name) for name in _AT_WORK):
            asked_at = time.monotonic()
        elif time.monotonic() - asked_at > _BEGINS_WITHIN:
            raise SnapshotFailed("the server could not write its snapshot: see its log")
    return Snapshot(await _place(redis), None)


async def receive(
    open_connection: Callable[[], Awaitable[AbstractConnection]], file: Path, progress: Progress
) -> Snapshot:
    """Receive a snapshot that begins now, and write it into a new file.

    `open_connection` opens a connection to the server. Raises SnapshotFailed, EngineUnavailable,
    OSError.
    """
    part = file.with_name(file.name + ".part")
    async with reaching(Changes.NOTHING):
        connection = await open_connection()
    writer = cast("asyncio.StreamWriter", connection._writer)  # what comes is no reply
    transport = cast("asyncio.Transport", writer.transport)
    try:
        with part.open("wb") as written:
            part.chmod(0o600)
            receiver = _Receiver(written, progress)
            transport.set_protocol(receiver)
            transport.write(b"*1\r\n$4\r\nSYNC\r\n")
            size = await receiver.wait()
        part.rename(file)
    finally:
        transport.abort()
        await connection.disconnect(nowait=True)
        part.unlink(missing_ok=True)
    return Snapshot(str(file), size)


class _Receiver(asyncio.Protocol):
    """Writes what a server sends to a replica: line feeds, `$<bytes>`, and so many bytes."""

    def __init__(self, file: BinaryIO, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self._head = b""
        self._size: int | None = None
        self._received = 0
        self._heard_at = time.monotonic()
        self._done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        """Wait for the whole snapshot; return its bytes."""
        try:
            while True:
                done, _ = await asyncio.wait({self._done}, timeout=_SILENT_SECONDS / 4)
                if done:
                    return await self._done
                if time.monotonic() - self._heard_at > _SILENT_SECONDS:
                    raise EngineUnavailable("Redis does not send its snapshot any more")
        finally:
            self._done.cancel()  # nobody asks any more how it ends

    def data_received(self, data: bytes) -> None:
        """Write what belongs to the snapshot."""
        self._heard_at = time.monotonic()
        if self._done.done():
            return  # commands that follow the snapshot
        try:
            if self._size is None:
                data = self._read_head(data)
            if self._size is not None:
                self._write(data, self._size)
        except (OSError, PushgateError) as error:
            self._done.set_exception(error)

    def connection_lost(self, error: Exception | None) -> None:
        """The server, or the network, has closed the connection."""
        if not self._done.done():
            self._done.set_exception(EngineUnavailable("Redis does not answer: connection lost"))

    def _read_head(self, data: bytes) -> bytes:
        """Read the size; return what came behind it."""
        self._head = (self._head + data).lstrip(b"\n")
        line, end, rest = self._head.partition(b"\r\n")
        if not end:
            if len(line) > _MAX_HEAD:
                raise SnapshotFailed("the server answered SYNC with something else than a snapshot")
            return b""
        if not line.startswith(b"$") or not line[1:].isdigit():
            raise SnapshotFailed(
                "the server does not allow SYNC: leave out --output, or copy by the means of its provider"
            )
        self._size, self._head = int(line[1:]), b""
        return rest

    def _write(self, data: bytes, size: int) -> None:
        wanted = data[: size - self._received]
        self._file.write(wanted)
        self._received += len(wanted)
        self._progress(self._received)
        if self._received >= size:
            self._file.flush()
            self._done.set_result(size)


async def _wait(redis: Redis, deadline: float) -> dict[str, object]:
    if time.monotonic() > deadline:
        raise SnapshotFailed("the snapshot is not complete within the time: see the server's log")
    await asyncio.sleep(_POLL_SECONDS)  # Redis announces no end: it has to be asked
    return await _persistence(redis)


async def _persistence(redis: Redis) -> dict[str, object]:
    async with reaching(Changes.NOTHING):
        return cast("dict[str, object]", await redis.info("persistence"))


async def _place(redis: Redis) -> str | None:
    """Where the server writes its snapshot; None where it does not tell."""
    try:
        async with reaching(Changes.NOTHING):
            found = cast("dict[str, str]", await redis.config_get("dir", "dbfilename"))
    except exceptions.ResponseError:
        return None
    folder, name = found.get("dir"), found.get("dbfilename")
    return str(Path(folder) / name) if folder and name else None
