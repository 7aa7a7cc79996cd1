"""A large message's sets of slots as whole numbers, read by range in few round trips, whatever form
they are stored in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.ledger.slot_sets import decode_block
from pushgate.redis.client import Changes, reaching

RANGES_PER_READ = 16
"""Ranges of one set that a call should read at once: 128 KB."""


@dataclass(frozen=True, slots=True)
class SetLayout:
    """Where a message has slots in one shard: ranges that are stored as strings, and the blocks of
    all other ranges, by range.

    `brought` says whether the message brought push tokens: its blocks are numbered in the message,
    and not in the shard.
    """

    strings: frozenset[int]
    fields: Mapping[int, Sequence[int]]
    brought: bool

    @property
    def ranges(self) -> list[int]:
        """The numbers of the ranges, in rising order."""
        return sorted({*self.strings, *self.fields})


class MessageSets:
    """The sets of all large messages; `key` is the head of the message's keys in a shard. All calls
    raise EngineUnavailable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def layout(self, key: str) -> SetLayout:
        """Where the message has slots. A message that is not planned has none."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            pipe.hkeys(f"{key}:ranges")
            pipe.hkeys(f"{key}:targeted")
            pipe.exists(f"{key}:blocks")
            strings, blocks, brought = cast("tuple[list[bytes], list[bytes], int]", await pipe.execute())
        fields: dict[int, list[int]] = {}
        for block in sorted(map(int, blocks)):
            fields.setdefault(block // bitmaps.BLOCKS_PER_RANGE, []).append(block)
        return SetLayout(frozenset(map(int, strings)), fields, bool(brought))

    async def read(
        self, key: str, layout: SetLayout, ranges: Sequence[int], names: Sequence[str]
    ) -> dict[int, list[int]]:
        """For each range the slots in each of the sets, read in one step.

        Bit i of a number is the slot i of the range.
        """
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            for number in ranges:
                for name in names:
                    if number in layout.strings:
                        pipe.get(f"{key}:{name}:{number}")
                    else:
                        pipe.hmget(f"{key}:{name}", [str(block) for block in layout.fields[number]])
            answers = iter(cast("list[bytes | list[bytes | None] | None]", await pipe.execute()))
        return {number: [_bits(layout, number, next(answers)) for _ in names] for number in ranges}


def _bits(layout: SetLayout, number: int, answer: bytes | list[bytes | None] | None) -> int:
    if not isinstance(answer, list):
        return int.from_bytes(answer or b"", "little")
    found = 0
    for block, value in zip(layout.fields[number], answer, strict=True):
        if value:
            found |= decode_block(value) << block % bitmaps.BLOCKS_PER_RANGE * bitmaps.SLOTS_PER_BLOCK
    return found


def blocks_in(number: int, bits: int) -> Iterator[tuple[int, int]]:
    """The blocks of a range that have one of its slots, with their bits, in rising order."""
    return bitmaps.blocks_of_range(number, bitmaps.short_bytes(bits))
