"""Indexes of messages that version 3 has and version 2 had not."""

import struct
from collections.abc import Awaitable, Mapping, Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.bodies import decode
from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.message_id import position_of
from pushgate.messages.codec import decode_envelope
from pushgate.migrations.step import Progress
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE, tag

_AT_ONCE = 500
_PAGES_AT_ONCE = 16
_PAGE = struct.Struct(">I")
_ORIGIN = struct.Struct(">IBH")
"""Page, segment and index that the id of a message says."""


async def count_messages(redis: Redis, app: App) -> int:
    """How many large messages of an app are kept. Raises EngineUnavailable."""
    async with reaching(Changes.NOTHING):
        return await redis.zcard(_messages(app))


async def convert_messages(redis: Redis, app: App, progress: Progress) -> None:
    """Write the index of large messages by push time. Idempotent. Raises EngineUnavailable."""
    total, done, last = await count_messages(redis, app), 0, b""
    while True:
        async with reaching(Changes.NOTHING):
            start = b"(" + last if last else b"-"
            found = await redis.zrangebylex(_messages(app), start.decode(), "+", 0, _AT_ONCE)
        ids = cast("list[bytes]", found)
        if not ids:
            return
        await _index(redis, app, ids)
        done, last = done + len(ids), ids[-1]
        progress(f"{app.name}: messages", done, total)


async def convert_segments(redis: Redis, app: App, shard: int) -> None:
    """Note beside each small message that was changed which id it has, as far as its content is
    kept. Idempotent. Raises EngineUnavailable.
    """
    head, start = tag(app, shard), 0
    while True:
        async with reaching(Changes.NOTHING):
            members = await redis.zrange(f"{head}:pages", start, start + _PAGES_AT_ONCE - 1)
        pages = [_PAGE.unpack(member[: _PAGE.size])[0] for member in cast("list[bytes]", members)]
        if not pages:
            return
        await _note_origins(redis, head, pages)
        start += len(pages)


def _messages(app: App) -> str:
    return f"{QUEUE}:messages:{app.name}"


async def _index(redis: Redis, app: App, ids: Sequence[bytes]) -> None:
    async with reaching(Changes.NOTHING), redis.pipeline(transaction=False) as pipe:
        for message_id in ids:
            pipe.hget(f"{QUEUE}:message:{message_id.decode()}", "envelope")
        envelopes = cast("list[bytes | None]", await pipe.execute())
    scores = {
        message_id: to_ms(decode_envelope(raw).push_at)
        for message_id, raw in zip(ids, envelopes, strict=True)
        if raw
    }
    if scores:
        async with reaching(Changes.AT_ONCE):
            await redis.zadd(f"{QUEUE}:pushed:{app.name}", scores)


async def _note_origins(redis: Redis, head: str, pages: Sequence[int]) -> None:
    for page in pages:
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[Mapping[bytes, bytes]]", redis.hgetall(f"{head}:c:{page}"))
        origins: list[str | bytes] = []
        for segment, raw in rows.items():
            if origin := _origin(raw):
                origins += (f"{segment.decode()}o", origin)
        if origins:
            async with reaching(Changes.AT_ONCE):
                await redis.hset(f"{head}:p:{page}", items=origins)


def _origin(raw: bytes) -> bytes | None:
    """Where the id of a segment's message leads, None where the segment is the message's first."""
    replaced = decode(raw).replaced_id
    position = position_of(replaced) if replaced else None
    return position and _ORIGIN.pack(position.page, position.segment, position.offset)
