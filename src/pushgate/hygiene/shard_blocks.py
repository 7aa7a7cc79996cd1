"""The blocks of a shard as compaction sees them, read together."""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions
from pushgate.terminals.former_terminals import FREED

_RANGES_AT_ONCE = 16
_MAX_FREE_SLOTS = 8192
"""Free slots of a group that are looked at: room for the terminals of many blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardBlocks:
    """Of each block by number: its group, and the bits of its terminals, absent for none.

    `fresh` has each group's next slot that was never given out, where its block is not full.
    """

    groups: Sequence[bytes]
    bits: Mapping[int, int]
    draining: Collection[int]
    spare: Collection[int]
    fresh: Mapping[bytes, int]

    @property
    def empty(self) -> list[int]:
        """The blocks without terminals that belong to a group."""
        return [block for block in range(len(self.groups)) if block not in self.bits.keys() | self.spare]

    def living(self) -> dict[bytes, dict[int, int]]:
        """By group, how many terminals each block has. Left out are blocks that are being emptied,
        that are not full yet, and that belong to nobody.
        """
        unfit = {slot // bitmaps.SLOTS_PER_BLOCK for slot in self.fresh.values()}
        unfit |= {*self.draining, *self.spare}
        found: dict[bytes, dict[int, int]] = {}
        for block, group in enumerate(self.groups):
            if block not in unfit:
                found.setdefault(group, {})[block] = self.bits.get(block, 0).bit_count()
        return found


async def read_blocks(redis: Redis, app: App, shard: int) -> ShardBlocks:
    """Read the blocks of a shard. Raises EngineUnavailable."""
    key = tag(app, shard)
    async with reaching(Changes.NOTHING), redis.pipeline(transaction=False) as pipe:
        pipe.lrange(f"{key}:blocks", 0, -1)
        pipe.smembers(f"{key}:draining")
        pipe.lrange(f"{key}:spare", 0, -1)
        pipe.hgetall(f"{key}:fresh")
        groups, draining, spare, fresh = await pipe.execute()
    found: dict[int, int] = {}
    for numbers in portions(list(bitmaps.ranges_of(len(groups))), _RANGES_AT_ONCE):
        async with reaching(Changes.NOTHING):
            keys = [f"{key}:b:{number}:alive" for number in numbers]
            raws = await cast("Awaitable[list[bytes | None]]", redis.mget(keys))
        for number, raw in zip(numbers, raws, strict=True):
            found |= bitmaps.blocks_of_range(number, raw or b"")
    slots = {group: int(slot) for group, slot in fresh.items()}
    return ShardBlocks(
        groups=groups,
        bits=found,
        draining={int(block) for block in draining},
        spare={int(block) for block in spare},
        fresh={group: slot for group, slot in slots.items() if slot % bitmaps.SLOTS_PER_BLOCK},
    )


async def read_room(
    redis: Redis, app: App, shard: int, group: bytes, blocks: ShardBlocks, reusable: int
) -> dict[int, int]:
    """How many slots of each block of the group a terminal may get now: never given out, or free
    since `reusable` (s) or earlier. Raises EngineUnavailable.
    """
    key = tag(app, shard).encode() + b":free:" + group
    async with reaching(Changes.NOTHING):
        raw = await cast("Awaitable[list[bytes]]", redis.lrange(key, 0, _MAX_FREE_SLOTS - 1))
    room: dict[int, int] = {}
    if group in blocks.fresh:
        block, given_out = divmod(blocks.fresh[group], bitmaps.SLOTS_PER_BLOCK)
        room[block] = bitmaps.SLOTS_PER_BLOCK - given_out
    for freed, slot in map(FREED.unpack, raw):
        block = slot // bitmaps.SLOTS_PER_BLOCK
        if freed <= reusable and block not in blocks.draining and block not in blocks.spare:
            room[block] = room.get(block, 0) + 1
    return room
