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
from pushgate.ledger.shard_scripts import read_blocks
from pushgate.ledger.values import Block, Failure, message_key, parse_label
from pushgate.redis.client import reaching
from pushgate.redis.scripts import portions

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
    block: int = 0
    offset: int = 0

    def text(self) -> str:
        """Text form for callers: URL-safe base64."""
        return base64.urlsafe_b64encode(f"{self.shard} {self.offset} {self.block}".encode()).decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read the text form back. Raises ValueError."""
        parts = base64.b64decode(text, b"-_", validate=True).decode().split(" ")
        if len(parts) != 3 or not all(part.isdecimal() for part in parts):
            raise ValueError("not a cursor")
        shard, offset, block = map(int, parts)
        return cls(shard, block, offset)


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
            first = cursor.block if shard == cursor.shard else 0
            numbers = (
                sorted(number for number in await self._numbers(key) if number >= first) if labels else []
            )
            for some in portions(numbers, _BLOCKS_PER_READ):
                for block, row in (await self._rows(key, some, states)).items():
                    skipped = cursor.offset if (shard, block.number) == (cursor.shard, cursor.block) else 0
                    parts = list(_parts(shard, block, row, labels, skipped))
                    failed = sum(part.bits.bit_count() for part in parts)
                    if failed > limit:
                        last = _first(parts, limit)
                        return found + _until(parts, last), Cursor(shard, block.number, last)
                    found += parts
                    limit -= failed
        return found, None

    async def _labels(self, key: str, states: Collection[State]) -> dict[int, tuple[State, Failure]]:
        async with reaching():
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(f"{key}:labels"))
        found: dict[int, tuple[State, Failure]] = {}
        for label, number in raw.items():
            state, failure = parse_label(label.decode())
            if state in states:
                found[int(number)] = state, failure
        return found

    async def _numbers(self, key: str) -> list[int]:
        """The blocks that have failures."""
        async with reaching():
            return [int(number) for number in await self._redis.hkeys(f"{key}:failed")]

    async def _rows(
        self, key: str, numbers: Sequence[int], states: Collection[State]
    ) -> dict[Block, tuple[bytes, dict[State, int]]]:
        """For each block its failures as stored, and its slots in each of the states."""
        wanted = [state for state in FAILED if state in states]
        names = ["failed", *(state.value for state in wanted)]
        return {
            block: (parts, dict(zip(wanted, map(bitmaps.from_bytes, bits), strict=True)))
            for block, (parts, *bits) in (await read_blocks(self._redis, key, names, numbers)).items()
        }


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
