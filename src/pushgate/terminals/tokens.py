"""Push tokens by slot, of registered terminals and of terminals that a message brings. Both have
the same form.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.terminal import Group
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import Value, portions
from pushgate.terminals.inline_tokens import InlinePiece

SLOTS_PER_CHUNK = 128
"""Slots whose tokens share a hash: few enough that Redis stores the hash as one compact listpack.
"""
_CHUNKS = bitmaps.SLOTS_PER_BLOCK // SLOTS_PER_CHUNK
_FIELDS = tuple(b"%d" % slot for slot in range(SLOTS_PER_CHUNK))
_TOKENS_PER_LOOKUP = 1000
_WHOLE_CHUNK = SLOTS_PER_CHUNK // 4
"""From this many wanted slots on, a chunk is read whole: that is cheaper than to name the slots."""


def digest(token: str) -> bytes:
    """12 bytes that stand for a push token where the token itself is not needed.

    The vendor is left out: a client app knows its token, and two vendors do not issue the same one.
    """
    return hashlib.blake2b(token.encode(), digest_size=12).digest()


class Tokens:
    """The push tokens of all slots. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(
        self, app: App, shard: int, message_id: str, group: Group, block: int, bits: int
    ) -> dict[int, bytes]:
        """The tokens of the wanted slots of one block, by offset. Slots that are free by now are
        left out.
        """
        key, wanted = _chunk_key(app, shard, message_id, group), _by_chunk(bits)
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for chunk, slots in wanted:
                name = f"{key}:{block * _CHUNKS + chunk}"
                if len(slots) >= _WHOLE_CHUNK:
                    pipe.hgetall(name)
                else:
                    pipe.hmget(name, [str(slot) for slot in slots])
            rows = await pipe.execute()
        found: dict[int, bytes | None] = {}
        for (chunk, slots), row in zip(wanted, rows, strict=True):
            values = [row.get(_FIELDS[slot]) for slot in slots] if isinstance(row, dict) else row
            first = chunk * SLOTS_PER_CHUNK
            found.update(zip([first + slot for slot in slots], values, strict=True))
        return {offset: token for offset, token in found.items() if token is not None}

    async def store_inline(
        self, app: App, shard: int, message_id: str, piece: InlinePiece, keep_until: datetime
    ) -> None:
        """Store tokens that a message brings, and an index for receipts that name a terminal by its
        token.
        """
        index = _inline_index(app, shard, message_id)
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for group, (first, tokens) in piece.tokens.items():
                key = _chunk_key(app, shard, message_id, group)
                for chunk, items in _chunks(first, tokens).items():
                    pipe.hset(f"{key}:{chunk}", items=items)
                    pipe.pexpireat(f"{key}:{chunk}", to_ms(keep_until))
                pipe.hset(
                    index,
                    mapping={
                        digest(token): f"{group.key} {slot}" for slot, token in enumerate(tokens, first)
                    },
                )
            pipe.pexpireat(index, to_ms(keep_until))
            await pipe.execute()

    async def locate_inline(
        self, app: App, shard: int, message_id: str, tokens: Sequence[str]
    ) -> list[tuple[Group, int] | None]:
        """Group and slot of each of these tokens in the message, None for a token that it did not
        bring.
        """
        if not tokens:
            return []
        index, raw = _inline_index(app, shard, message_id), list[bytes | None]()
        for some in portions(tokens, _TOKENS_PER_LOOKUP):
            async with reaching(Changes.NOTHING):
                digests = [digest(token) for token in some]
                raw += cast("list[bytes | None]", await self._redis.hmget(index, digests))
        found: list[tuple[Group, int] | None] = []
        for value in raw:
            group, _, slot = value.decode().rpartition(" ") if value else ("", "", "")
            found.append((Group.parse(group), int(slot)) if value else None)
        return found


def _by_chunk(bits: int) -> list[tuple[int, list[int]]]:
    """The wanted slots of a block by chunk, as offsets into the chunk."""
    parts = (
        (chunk, bits >> chunk * SLOTS_PER_CHUNK & (1 << SLOTS_PER_CHUNK) - 1) for chunk in range(_CHUNKS)
    )
    return [(chunk, bitmaps.offsets(part)) for chunk, part in parts if part]


def _chunks(first: int, tokens: Sequence[str]) -> dict[int, list[Value]]:
    """Tokens from slot `first` on, by chunk: offset and token by turns."""
    found: dict[int, list[Value]] = {}
    for slot, token in enumerate(tokens, first):
        found.setdefault(slot // SLOTS_PER_CHUNK, []).extend((slot % SLOTS_PER_CHUNK, token))
    return found


def _chunk_key(app: App, shard: int, message_id: str, group: Group) -> str:
    """The key of a group's tokens, without the number of the chunk."""
    if group.inline:
        return f"{tag(app, shard)}:m:{message_id}:tokens:{group.key}"
    return f"{tag(app, shard)}:tokens:{group.key}"


def _inline_index(app: App, shard: int, message_id: str) -> str:
    """The key of a hash: digest of a token -> '<group> <slot>'."""
    return f"{tag(app, shard)}:m:{message_id}:inline"
