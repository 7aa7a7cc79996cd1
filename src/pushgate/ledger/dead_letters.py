"""Dead letters: the terminals that a message did not reach, and why. Read from the failures of each
block.
"""

import base64
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import State
from pushgate.ledger.values import Block, Failure, message_key
from pushgate.redis.client import reaching

FAILED = (State.INVALID, State.REJECTED, State.EXPIRED)
"""The states of terminals that a message did not reach. A cancelled message reaches nobody on
purpose.
"""
_PART_HEAD = struct.Struct("<HI")
_PART_SIZE = _PART_HEAD.size + bitmaps.BYTES_PER_BLOCK
_BLOCKS_PER_READ = 16


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place at which a page begins: a shard, a block of the shard, and an offset into the
    block.
    """

    shard: int = 0
    block: str = ""
    offset: int = 0

    def text(self) -> str:
        """Text form for callers: URL-safe base64."""
        return base64.urlsafe_b64encode(f"{self.shard} {self.offset} {self.block}".encode()).decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read the text form back. Raises ValueError."""
        shard, offset, block = base64.b64decode(text, b"-_", validate=True).decode().split(" ", 2)
        Block.parse(block)
        if not (shard.isdecimal() and offset.isdecimal()):
            raise ValueError("not a cursor")
        return cls(int(shard), block, int(offset))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Slots of a block that came to `state` for one reason, within the minute that begins at
    `at`.
    """

    shard: int
    block: Block
    bits: int
    state: State
    failure: Failure
    at: datetime


class DeadLetters:
    """The failures of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def page(
        self, app: App, message_id: str, states: Collection[State], cursor: Cursor, limit: int
    ) -> tuple[list[DeadLetter], Cursor | None]:
        """At most `limit` terminals that failed, from the cursor on, by block; and the next cursor,
        None at the end.
        """
        found: list[DeadLetter] = []
        for shard in range(cursor.shard, app.shards):
            key = message_key(app, shard, message_id)
            labels = await self._labels(key, states)
            after = cursor.block if shard == cursor.shard else ""
            fields = sorted(field for field in await self._fields(key) if field >= after) if labels else []
            for start in range(0, len(fields), _BLOCKS_PER_READ):
                some = fields[start : start + _BLOCKS_PER_READ]
                for field, row in zip(some, await self._rows(key, some, states), strict=True):
                    skipped = cursor.offset if (shard, field) == (cursor.shard, cursor.block) else 0
                    parts = list(_parts(shard, Block.parse(field), row, labels, skipped))
                    failed = sum(part.bits.bit_count() for part in parts)
                    if failed > limit:
                        last = _first(parts, limit)
                        return found + _until(parts, last), Cursor(shard, field, last)
                    found += parts
                    limit -= failed
        return found, None

    async def _labels(self, key: str, states: Collection[State]) -> dict[int, tuple[State, Failure]]:
        async with reaching():
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(f"{key}:labels"))
        found: dict[int, tuple[State, Failure]] = {}
        for label, number in raw.items():
            vendor, state, code, reason = label.decode().split("|", 3)
            if State(state) in states:
                found[int(number)] = State(state), Failure(vendor, code, reason)
        return found

    async def _fields(self, key: str) -> list[str]:
        async with reaching():
            fields = cast("list[bytes]", await self._redis.hkeys(f"{key}:failed"))
        return [field.decode() for field in fields]

    async def _rows(
        self, key: str, fields: Sequence[str], states: Collection[State]
    ) -> list[tuple[bytes, dict[State, int]]]:
        """For each block its failures as stored, and its slots in each of the states."""
        wanted = [state for state in FAILED if state in states]
        async with reaching(), self._redis.pipeline(transaction=True) as pipe:
            for name in ("failed", *wanted):
                pipe.hmget(f"{key}:{name}", list(fields))
            parts, *bits = cast("list[list[bytes | None]]", await pipe.execute())
        by_field = zip(*bits, strict=True)
        return [
            (
                part or b"",
                {state: bitmaps.from_bytes(raw or b"") for state, raw in zip(wanted, row, strict=True)},
            )
            for part, row in zip(parts, by_field, strict=True)
        ]


def _parts(
    shard: int,
    block: Block,
    row: tuple[bytes, Mapping[State, int]],
    labels: Mapping[int, tuple[State, Failure]],
    skipped: int,
) -> Iterator[DeadLetter]:
    raw, states = row
    for start in range(0, len(raw), _PART_SIZE):
        number, minute = _PART_HEAD.unpack_from(raw, start)
        if number in labels:
            state, failure = labels[number]
            bits = bitmaps.from_bytes(raw[start + _PART_HEAD.size : start + _PART_SIZE]) & states[state]
            bits = bits >> skipped << skipped
            if bits:
                at = from_ms(minute * 60_000)
                yield DeadLetter(shard=shard, block=block, bits=bits, state=state, failure=failure, at=at)


def _first(parts: Sequence[DeadLetter], limit: int) -> int:
    """The offset that comes after `limit` of the block's failures."""
    together = 0
    for part in parts:
        together |= part.bits
    return bitmaps.offsets(together)[limit]


def _until(parts: Sequence[DeadLetter], end: int) -> list[DeadLetter]:
    cut = (replace(part, bits=part.bits & (1 << end) - 1) for part in parts)
    return [part for part in cut if part.bits]
