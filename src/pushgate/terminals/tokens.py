"""Push tokens by slot, of registered terminals and of terminals that a message brings. Both have
the same form.
"""

import hashlib
import struct
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions
from pushgate.terminals.chunks import SLOTS_PER_CHUNK, by_chunk
from pushgate.terminals.inline_tokens import InlinePiece
from pushgate.terminals.shard_scripts import LOOKUPS_PER_SCRIPT, run

_CHUNKS = bitmaps.SLOTS_PER_BLOCK // SLOTS_PER_CHUNK
FIELDS = tuple(b"%d" % slot for slot in range(SLOTS_PER_CHUNK))
"""The names of a chunk's slots in its hash."""
_TOKENS_PER_LOOKUP = 1000
_SLOT = struct.Struct("<I")
WHOLE_CHUNK = SLOTS_PER_CHUNK // 4
"""From this many wanted slots on, a chunk is read whole, which is cheaper than naming the slots."""


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
        wanted = chunks_in_block(bits)
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for chunk, slots in wanted:
                name = _chunk_key(app, shard, message_id, group, block * _CHUNKS + chunk)
                if len(slots) >= WHOLE_CHUNK:
                    pipe.hgetall(name)
                else:
                    pipe.hmget(name, [str(slot) for slot in slots])
            rows = await pipe.execute()
        found: dict[int, bytes | None] = {}
        for (chunk, slots), row in zip(wanted, rows, strict=True):
            values = [row.get(FIELDS[slot]) for slot in slots] if isinstance(row, dict) else row
            first = chunk * SLOTS_PER_CHUNK
            found.update(zip([first + slot for slot in slots], values, strict=True))
        return {offset: token for offset, token in found.items() if token is not None}

    async def read_current(self, app: App, shard: int, slots: Sequence[int]) -> dict[int, bytes]:
        """The tokens of the terminals that have or had these slots of the registry, in any order.

        The token of a terminal that moved to another group of its vendor is also found by the
        former slot. The slots of forgotten terminals, and of those that went to another vendor, are
        left out.
        """
        found: dict[int, bytes] = {}
        for some in portions(slots, LOOKUPS_PER_SCRIPT):
            tokens = await run(self._redis, "read_tokens", app, shard, *some)
            found |= {slot: token for slot, token in zip(some, tokens, strict=True) if token}
        return found

    async def store_inline(
        self, app: App, shard: int, message_id: str, piece: InlinePiece, keep_until: datetime
    ) -> None:
        """Store tokens that a message brings, and an index for receipts that name a terminal by its
        token.
        """
        index, blocks = _inline_index(app, shard, message_id), _inline_blocks(app, shard, message_id)
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for chunk, offsets in by_chunk(piece.tokens).items():
                key, first = _inline_chunk(app, shard, message_id, chunk), chunk * SLOTS_PER_CHUNK
                pipe.hset(key, mapping={str(offset): piece.tokens[first + offset] for offset in offsets})
                pipe.pexpireat(key, to_ms(keep_until))
            pipe.hset(
                index, mapping={digest(token): _SLOT.pack(slot) for slot, token in piece.tokens.items()}
            )
            pipe.pexpireat(index, to_ms(keep_until))
            if piece.opened:
                pipe.hset(blocks, mapping={str(block): group.key for block, group in piece.opened.items()})
                pipe.pexpireat(blocks, to_ms(keep_until))
            await pipe.execute()

    async def locate_inline(
        self, app: App, shard: int, message_id: str, tokens: Sequence[str]
    ) -> list[SlotRef | None]:
        """The slot of each of these tokens in the message, None for a token that it did not
        bring.
        """
        if not tokens:
            return []
        index, raw = _inline_index(app, shard, message_id), list[bytes | None]()
        async with reaching(Changes.NOTHING):
            for some in portions(tokens, _TOKENS_PER_LOOKUP):
                raw += await cast(
                    "Awaitable[list[bytes | None]]", self._redis.hmget(index, list(map(digest, some)))
                )
            slots = [_SLOT.unpack(value)[0] if value else None for value in raw]
            blocks = {slot // bitmaps.SLOTS_PER_BLOCK for slot in slots if slot is not None}
            groups = await self._inline_groups(app, shard, message_id, sorted(blocks))
        return [
            None if slot is None else SlotRef(shard, groups[slot // bitmaps.SLOTS_PER_BLOCK], slot)
            for slot in slots
        ]

    async def _inline_groups(
        self, app: App, shard: int, message_id: str, blocks: Sequence[int]
    ) -> dict[int, Group]:
        if not blocks:
            return {}
        fields = list(map(str, blocks))
        names = await cast(
            "Awaitable[list[bytes]]", self._redis.hmget(_inline_blocks(app, shard, message_id), fields)
        )
        return {block: Group.parse(name.decode()) for block, name in zip(blocks, names, strict=True)}


def chunks_in_block(bits: int) -> list[tuple[int, list[int]]]:
    """The wanted slots of a block by chunk, as offsets into the chunk."""
    parts = (
        (chunk, bits >> chunk * SLOTS_PER_CHUNK & (1 << SLOTS_PER_CHUNK) - 1) for chunk in range(_CHUNKS)
    )
    return [(chunk, bitmaps.offsets(part)) for chunk, part in parts if part]


def _chunk_key(app: App, shard: int, message_id: str, group: Group, chunk: int) -> str:
    """The key of the tokens of 64 slots."""
    if group.inline:
        return _inline_chunk(app, shard, message_id, chunk)
    return f"{tag(app, shard)}:tokens:{chunk}"


def _inline_chunk(app: App, shard: int, message_id: str, chunk: int) -> str:
    """The key of a hash: slot % 64 -> push token."""
    return f"{tag(app, shard)}:m:{message_id}:tokens:{chunk}"


def _inline_index(app: App, shard: int, message_id: str) -> str:
    """The key of a hash: digest of a token -> slot (4 bytes)."""
    return f"{tag(app, shard)}:m:{message_id}:inline"


def _inline_blocks(app: App, shard: int, message_id: str) -> str:
    """The key of a hash: block number -> group."""
    return f"{tag(app, shard)}:m:{message_id}:blocks"
