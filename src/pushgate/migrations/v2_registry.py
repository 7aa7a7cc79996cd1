"""The registry of a shard, from version 2 to version 3, chunk by chunk of slots."""

import struct
from collections.abc import Awaitable, Mapping, Sequence
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.bitmaps import SLOTS_PER_BLOCK, SLOTS_PER_RANGE
from pushgate.domain.terminal import Group, Terminal
from pushgate.migrations.step import Progress
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import Value, script
from pushgate.terminals.rows import encode_fields, names_for

_CHUNK = 64
_CHUNKS_READ_TOGETHER = 32
_FREE_SLOTS_PER_SCRIPT = 500
_TIME_BYTES = 6
_FREE = bytes(_TIME_BYTES)
"""When the terminal of a free slot was changed last, in place of a time."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, str | bool, str | bool, list[str], str | bool]).decode
_decode_free = msgspec.msgpack.Decoder(tuple[str]).decode
Rows = Mapping[bytes, bytes]
"""Rows by slot in the chunk."""


async def count_terminals(redis: Redis, app: App) -> int:
    """How many terminals are registered, by the sets of slots in use."""
    ranges = [f"{tag(app, n)}:t:alive:{r}" for n in range(app.shards) for r in await _ranges(redis, app, n)]
    found = 0
    for key in ranges:
        async with reaching(Changes.NOTHING):
            found += await redis.bitcount(key)
    return found


async def convert_shard(redis: Redis, app: App, shard: int, progress: Progress) -> None:
    """Convert the registry of a shard, or what is left of it. Raises EngineUnavailable."""
    head, name = tag(app, shard), f"{app.name}, shard {shard}"
    groups = await _groups(redis, head)
    chunks = len(groups) * SLOTS_PER_BLOCK // _CHUNK
    async with reaching(Changes.NOTHING):
        done = int(await cast("Awaitable[bytes | None]", redis.hget(f"{head}:migration", "chunks")) or 0)
    for start in range(done, chunks, _CHUNKS_READ_TOGETHER):
        numbers = range(start, min(start + _CHUNKS_READ_TOGETHER, chunks))
        for chunk, rows in zip(numbers, await _read(redis, head, "rows", numbers), strict=True):
            group = groups[chunk * _CHUNK // SLOTS_PER_BLOCK]
            await script(__package__, "convert_rows")(redis, [head], _arguments(chunk, rows, group))
        progress(f"{name}: rows", numbers.stop * _CHUNK, chunks * _CHUNK)
    await _date_free_slots(redis, head, groups)
    for chunk in range(chunks):
        await script(__package__, "convert_moves")(redis, [head], [chunk])
    progress(f"{name}: moves", chunks * _CHUNK, chunks * _CHUNK)
    async with reaching():
        for number in await _ranges(redis, app, shard):
            await redis.delete(f"{head}:t:alive:{number}")


async def clean_up_shard(redis: Redis, app: App, shard: int) -> None:
    """Delete the notes of progress. Raises EngineUnavailable."""
    async with reaching():
        await redis.delete(f"{tag(app, shard)}:migration")


def decode_row(row: bytes, group: Group) -> Terminal:
    """The terminal of a row of version 2, without its push token. Raises ValueError."""
    terminal_id, user, timezone, tags, language = _decode(row[_TIME_BYTES:])
    return Terminal(
        id=terminal_id,
        vendor=group.vendor,
        token="",
        language=language if isinstance(language, str) else group.language,
        user=user if isinstance(user, str) else None,
        tags=tuple(tags),
        timezone=timezone if isinstance(timezone, str) else None,
        group_language=group.language if isinstance(language, str) else None,
    )


def _arguments(chunk: int, rows: Rows, group: Group) -> list[Value]:
    """Arguments of `convert_rows.lua`."""
    places: dict[str, int] = {}
    values: list[Value] = []
    for field, row in sorted(rows.items()):
        slot = chunk * _CHUNK + int(field)
        if row[:_TIME_BYTES] == _FREE:
            values += (slot, b"", _encode(_decode_free(row[_TIME_BYTES:])), "", 1)
            continue
        terminal = decode_row(row, group)
        own = [places.setdefault(name, len(places) + 1) for name in names_for(terminal)]
        packed = struct.pack(f"<{len(own)}H", *own)
        values += (slot, packed, encode_fields(terminal), terminal.user or "", 0)
    return [chunk, len(places), *places, *values]


async def _date_free_slots(redis: Redis, head: str, groups: Sequence[Group]) -> None:
    for key in dict.fromkeys(group.key for group in groups):
        async with reaching(Changes.NOTHING):
            count = await redis.llen(f"{head}:free:{key}")
        for start in range(0, count, _FREE_SLOTS_PER_SCRIPT):
            args: list[Value] = [key, start, start + _FREE_SLOTS_PER_SCRIPT - 1]
            await script(__package__, "date_free_slots")(redis, [head], args)


async def _groups(redis: Redis, head: str) -> list[Group]:
    """The groups of a shard's blocks."""
    async with reaching(Changes.NOTHING):
        names = await cast("Awaitable[list[bytes]]", redis.lrange(f"{head}:blocks", 0, -1))
    return [Group.parse(name.decode()) for name in names]


async def _ranges(redis: Redis, app: App, shard: int) -> range:
    async with reaching(Changes.NOTHING):
        blocks = await redis.llen(f"{tag(app, shard)}:blocks")
    return range(-(-blocks * SLOTS_PER_BLOCK // SLOTS_PER_RANGE))


async def _read(redis: Redis, head: str, name: str, chunks: range) -> list[Rows]:
    async with reaching(Changes.NOTHING), redis.pipeline(transaction=False) as pipe:
        for chunk in chunks:
            pipe.hgetall(f"{head}:{name}:{chunk}")
        return cast("list[Rows]", await pipe.execute())
