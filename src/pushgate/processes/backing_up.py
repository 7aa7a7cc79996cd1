"""Makes a backup: a snapshot of every server, while the store has the mark of the backup."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from redis.asyncio import Connection, Redis, UnixDomainSocketConnection

from pushgate.audit.entry import AuditEntry, Author
from pushgate.audit.log import AuditLog
from pushgate.domain.clock import SystemClock
from pushgate.fleet.store_hold import StoreHolds
from pushgate.processes.parts import open_redis
from pushgate.redis.client import Changes, masters, reaching, server_of
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.key_space import check_store
from pushgate.redis.server import ServerClient
from pushgate.redis.snapshot import Snapshot, SnapshotFailed, receive, save
from pushgate.settings.model import Settings

Tell = Callable[[str], None]
"""Called with lines about the progress."""
_NO_FILE_NAME = re.compile(r"[^A-Za-z0-9.-]+")
_TOLD_EVERY = 5.0
"""Seconds between two lines about the bytes of a copy."""


@dataclass(frozen=True, slots=True)
class ServerCopy:
    """The snapshot of one server, and how long it took."""

    server: str
    snapshot: Snapshot
    seconds: float


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: its id, when it began, and the servers in the order in which they were copied."""

    id: str
    at: datetime
    servers: Sequence[ServerCopy]


async def back_up(settings: Settings, folder: Path | None, limit: float, tell: Tell) -> Backup:
    """Copy the store: into the folder, or onto the disk of each server where there is none.

    The server of the queue is copied last. So a message may be sent by the queue's copy and not by
    a shard's, which `pushgate restore` finds, but never the other way round. Each snapshot may take
    `limit` seconds. Raises ConfigurationError, SnapshotFailed, EngineUnavailable, OSError.
    """
    clock = SystemClock()
    backup_id, at = secrets.token_hex(8), clock.now()
    if folder:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # noqa: ASYNC240  # nothing else runs
    async with open_redis(settings, wait=False) as redis:
        await check_store(redis)
        holds = StoreHolds(redis, clock)
        await holds.mark_backup(backup_id)
        try:
            copies: list[ServerCopy] = []
            for server in await _queue_last(redis):
                name = await _name_of(server)
                tell(f"{name}: copying")
                file = folder / f"pushgate-{at:%Y%m%dT%H%M%SZ}-{_file_name(name)}.rdb" if folder else None
                copies.append(await _copy(server, name, file, limit, tell))
        finally:
            kept_mark = await holds.unmark_backup(backup_id)
        if not kept_mark:
            raise SnapshotFailed(
                "the store failed over, or another backup began: this copy may have no mark; make another one"
            )
        details = {"servers": len(copies), "folder": folder is not None}
        entry = AuditEntry("backup.made", Author.command("backup"), (backup_id,), details)
        await AuditLog(redis).record("", entry)
    return Backup(backup_id, at, copies)


async def _queue_last(redis: Redis) -> list[ServerClient]:
    """All servers that take writes, that of the queue at the end."""
    last = await server_of(redis, QUEUE)
    servers = [*(one for one in await masters(redis) if one is not last), last]
    return [one for one in servers if isinstance(one, ServerClient)]


async def _copy(server: ServerClient, name: str, file: Path | None, limit: float, tell: Tell) -> ServerCopy:
    started_at = told_at = time.monotonic()

    def progress(received: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _TOLD_EVERY:
            told_at = time.monotonic()
            tell(f"{name}: {received:,} bytes")

    if file is None:
        snapshot = await save(server, limit)
    else:
        try:
            async with asyncio.timeout(limit):
                snapshot = await receive(server.open_connection, file, progress)
        except TimeoutError as error:
            raise SnapshotFailed(
                f"the snapshot of {name} is not complete within the time: raise --timeout"
            ) from error
    return ServerCopy(name, snapshot, time.monotonic() - started_at)


async def _name_of(server: ServerClient) -> str:
    """The address of a server. A master of sentinels is known once a connection is open."""
    async with reaching(Changes.NOTHING):
        connection = await server.open_connection()
        await connection.disconnect(nowait=True)
    if isinstance(connection, UnixDomainSocketConnection):
        return str(connection.path)
    assert isinstance(connection, Connection)
    return f"{connection.host}:{connection.port}"


def _file_name(server: str) -> str:
    return _NO_FILE_NAME.sub("-", server).strip("-")
