"""Push tokens by slot, and the terminals that a message brings itself. One form, so that one road sends both."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.terminal import Group, InlineToken
from pushgate.redis.client import Changes, reaching
from pushgate.redis.keys import tag
from pushgate.redis.scripts import Value, portions

SLOTS_PER_CHUNK = 128
"""Slots whose tokens share a hash: few enough that Redis keeps it as one compact listpack."""
_CHUNKS = bitmaps.SLOTS_PER_BLOCK // SLOTS_PER_CHUNK
_FIELDS = tuple(b"%d" % slot for slot in range(SLOTS_PER_CHUNK))
_LOOKED_UP = 1000
"""Tokens that are looked up at once."""
_WHOLE_CHUNK = SLOTS_PER_CHUNK // 4
"""From this many wanted slots on, a chunk is read whole: cheaper than naming them."""


@dataclass(frozen=True, slots=True)
class Inline:
    """Some of the terminals a message brought: their tokens by group, each group's from its first slot on."""

    tokens: dict[Group, tuple[int, list[str]]]

    def slots(self) -> Iterator[tuple[Group, int]]:
        """Where these terminals are."""
        for group, (first, tokens) in self.tokens.items():
            yield from ((group, slot) for slot in range(first, first + len(tokens)))


class Numbering:
    """Gives the terminals that a message brings their slots, piece by piece, in the order they come."""

    def __init__(self) -> None:
        self._next: dict[Group, int] = {}

    def place(self, addresses: Sequence[InlineToken]) -> Inline:
        """The next piece. The message lists no token twice."""
        tokens: dict[Group, tuple[int, list[str]]] = {}
        for address in addresses:
            group = Group(address.vendor, address.language, inline=True)
            tokens.setdefault(group, (self._next.get(group, 0), []))[1].append(address.token)
        for group, (first, found) in tokens.items():
            self._next[group] = first + len(found)
        return Inline(tokens)


def digest(token: str) -> bytes:
    """12 bytes that stand for a push token wherever the token itself is not needed.

    The vendor is left out: a client app knows its token, and vendors do not hand out each other's.
    """
    return hashlib.blake2b(token.encode(), digest_size=12).digest()


class Tokens:
    """Reads and writes push tokens by slot."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(
        self, app: App, shard: int, message_id: str, group: Group, block: int, bits: int
    ) -> dict[int, bytes]:
        """The tokens of the wanted slots of one block, by offset. Slots that are free by now are left out."""
        head, wanted = _head(app, shard, message_id, group), _by_chunk(bits)
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for chunk, slots in wanted:
                key = f"{head}:{block * _CHUNKS + chunk}"
                if len(slots) >= _WHOLE_CHUNK:
                    pipe.hgetall(key)
                else:
                    pipe.hmget(key, [str(slot) for slot in slots])
            rows = await pipe.execute()
        found: dict[int, bytes | None] = {}
        for (chunk, slots), row in zip(wanted, rows, strict=True):
            values = [row.get(_FIELDS[slot]) for slot in slots] if isinstance(row, dict) else row
            first = chunk * SLOTS_PER_CHUNK
            found.update(zip([first + slot for slot in slots], values, strict=True))
        return {offset: token for offset, token in found.items() if token is not None}

    async def keep_inline(
        self, app: App, shard: int, message_id: str, inline: Inline, until: datetime
    ) -> None:
        """Keep some of the terminals a message brought, and an index for receipts that name one by its token."""
        places = f"{tag(app, shard)}:m:{message_id}:inline"
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for group, (first, tokens) in inline.tokens.items():
                head = _head(app, shard, message_id, group)
                by_chunk: dict[int, list[Value]] = {}
                for slot, token in enumerate(tokens, first):
                    by_chunk.setdefault(slot // SLOTS_PER_CHUNK, []).extend((slot % SLOTS_PER_CHUNK, token))
                for chunk, found in by_chunk.items():
                    pipe.hset(f"{head}:{chunk}", items=found)
                    pipe.pexpireat(f"{head}:{chunk}", to_ms(until))
                pipe.hset(
                    places, mapping={digest(t): f"{group.key} {k}" for k, t in enumerate(tokens, first)}
                )
            pipe.pexpireat(places, to_ms(until))
            await pipe.execute()

    async def locate_inline(
        self, app: App, shard: int, message_id: str, tokens: Sequence[str]
    ) -> list[tuple[Group, int] | None]:
        """Where a message keeps the terminals it brought with these tokens."""
        if not tokens:
            return []
        key, raw = f"{tag(app, shard)}:m:{message_id}:inline", list[bytes | None]()
        for some in portions(tokens, _LOOKED_UP):
            async with reaching(Changes.NOTHING):
                raw += cast("list[bytes | None]", await self._redis.hmget(key, [digest(t) for t in some]))
        found: list[tuple[Group, int] | None] = []
        for value in raw:
            group, _, slot = value.decode().rpartition(" ") if value else ("", "", "")
            found.append((Group.parse(group), int(slot)) if value else None)
        return found


def _by_chunk(bits: int) -> list[tuple[int, list[int]]]:
    """The wanted slots of a block by chunk, counted from the chunk's first."""
    parts = (
        (chunk, bits >> chunk * SLOTS_PER_CHUNK & (1 << SLOTS_PER_CHUNK) - 1) for chunk in range(_CHUNKS)
    )
    return [(chunk, bitmaps.offsets(part)) for chunk, part in parts if part]


def _head(app: App, shard: int, message_id: str, group: Group) -> str:
    if group.inline:
        return f"{tag(app, shard)}:m:{message_id}:tokens:{group.key}"
    return f"{tag(app, shard)}:tokens:{group.key}"
