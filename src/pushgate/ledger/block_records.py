"""Reads the states of the slots of single blocks of a large message, and why they failed."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import FAILED, ReceiptKind, State
from pushgate.ledger.shard_scripts import read_blocks
from pushgate.ledger.slot_sets import TARGETED
from pushgate.ledger.values import Block, Failure, parse_label
from pushgate.redis.client import Changes, reaching

SETS = (TARGETED, *(state.value for state in State), *(receipt.value for receipt in ReceiptKind))
"""The sets of slots that a record has."""
BLOCKS_PER_READ = 16
"""Blocks whose records a call should read at once."""
_PART_HEAD = struct.Struct("<HI")
_PART_SIZE = _PART_HEAD.size + bitmaps.BYTES_PER_BLOCK


@dataclass(frozen=True, slots=True)
class FailedSlots:
    """Slots of a block that failed for one reason, within the minute that begins at `at`."""

    bits: int
    state: State
    failure: Failure
    at: datetime


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """A block's slots in each of `SETS`, and its failed slots by reason."""

    block: Block
    sets: Mapping[str, int]
    failed: Sequence[FailedSlots]


class BlockRecords:
    """The blocks of all large messages; `key` is the head of the message's keys in a shard. All
    calls raise EngineUnavailable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, key: str, numbers: Sequence[int]) -> list[BlockRecord]:
        """The records of these blocks. Each portion of them is read in one step."""
        rows = await read_blocks(self._redis, key, ["failed", *SETS], numbers)
        # A label never changes, so reading labels after the blocks finds every label that the
        # blocks name.
        labels = await self._labels(key) if any(row[0] for row in rows.values()) else {}
        return [_record(block, row, labels) for block, row in rows.items()]

    async def sets(
        self, key: str, numbers: Sequence[int], names: Sequence[str]
    ) -> Mapping[int, Sequence[int]]:
        """The slots of these blocks in each of the sets, by block number."""
        rows = await read_blocks(self._redis, key, names, numbers)
        return {block.number: [bitmaps.from_bytes(raw) for raw in row] for block, row in rows.items()}

    async def _labels(self, key: str) -> dict[int, tuple[State, Failure]]:
        async with reaching(Changes.NOTHING):
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(f"{key}:labels"))
        return {int(number): parse_label(label.decode()) for label, number in raw.items()}


def _record(block: Block, row: Sequence[bytes], labels: Mapping[int, tuple[State, Failure]]) -> BlockRecord:
    parts, *raw = row
    sets = dict(zip(SETS, map(bitmaps.from_bytes, raw), strict=True))
    return BlockRecord(block, sets, list(_failed(parts, sets, labels)))


def _failed(
    raw: bytes, sets: Mapping[str, int], labels: Mapping[int, tuple[State, Failure]]
) -> Iterator[FailedSlots]:
    """A part counts for its slots that are in the state of the part's label."""
    for start in range(0, len(raw), _PART_SIZE):
        number, minute = _PART_HEAD.unpack_from(raw, start)
        if number in labels:
            state, failure = labels[number]
            bits = bitmaps.from_bytes(raw[start + _PART_HEAD.size : start + _PART_SIZE]) & sets[state]
            if bits and state in (*FAILED, State.CANCELLED):
                yield FailedSlots(bits, state, failure, from_ms(minute * 60_000))
