"""Compaction: terminals leave blocks that are nearly empty, and empty blocks go back to their
shard.

A move to another slot of the group is a move as any other: the former slot leads to the new one,
and keeps its terminal's id until no message that may have counted the slot is kept.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.hygiene.block_choice import choose_blocks
from pushgate.hygiene.progress import Change, Progress
from pushgate.hygiene.shard_blocks import read_blocks, read_room
from pushgate.redis.scripts import portions
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.rows import bucket_of
from pushgate.terminals.shard_scripts import run, run_counting

_MOVES_PER_SCRIPT = 20
_COST_OF_MOVE = 4
"""A move costs as much as to look at so many slots."""
_BLOCKS_PER_DRAIN, _BLOCKS_PER_RETURN = 64, 4


class Compaction:
    """Moves terminals out of nearly empty blocks. A phase of hygiene."""

    def __init__(self, redis: Redis, clock: Clock, reuse_after: timedelta) -> None:
        """A slot is used again `reuse_after` it became free."""
        self._redis = redis
        self._clock = clock
        self._reuse_after = reuse_after
        self._holders = SlotHolders(redis)

    async def run(self, app: App, shard: int, cursor: int) -> AsyncIterator[Progress]:
        """Choose blocks at the cursor 0; then move terminals. The cursor is a block number."""
        if cursor == 0:
            await self._choose(app, shard)
        blocks = await read_blocks(self._redis, app, shard)
        for block in sorted(blocks.draining):
            if block < cursor:
                continue
            first = block * bitmaps.SLOTS_PER_BLOCK
            slots = [first + offset for offset in bitmaps.offsets(blocks.bits.get(block, 0))]
            for some in portions(slots, _MOVES_PER_SCRIPT):
                moved = await self._move(app, shard, some)
                yield Progress(block, _COST_OF_MOVE * len(some), {Change.MOVED: moved})
            yield Progress(block + 1, 1)

    async def _choose(self, app: App, shard: int) -> None:
        """Choose blocks, and give out no slots of these any more."""
        blocks = await read_blocks(self._redis, app, shard)
        reusable = _reusable(self._clock, self._reuse_after)
        for group, living in blocks.living().items():
            if not any(living.values()):
                continue
            room = await read_room(self._redis, app, shard, group, blocks, reusable)
            for some in portions(choose_blocks(living, room), _BLOCKS_PER_DRAIN):
                await run(self._redis, "drain", app, shard, *some)

    async def _move(self, app: App, shard: int, slots: Sequence[int]) -> int:
        """Move the terminals of these slots; returns how many there were."""
        ids = await self._holders.ids(app, shard, slots)
        places = [part for slot, name in ids.items() for part in (slot, name, bucket_of(name))]
        head = to_ms(self._clock.now()), _reusable(self._clock, self._reuse_after)
        return await run_counting(self._redis, "move", app, shard, *head, *places)


class BlockReturn:
    """Gives blocks back to their shard that no terminal has and no message counts on. A phase of
    hygiene.
    """

    def __init__(self, redis: Redis, clock: Clock, reuse_after: timedelta) -> None:
        self._redis = redis
        self._clock = clock
        self._reuse_after = reuse_after

    async def run(self, app: App, shard: int, cursor: int) -> AsyncIterator[Progress]:
        """The cursor is a block number."""
        empty = [b for b in (await read_blocks(self._redis, app, shard)).empty if b >= cursor]
        reusable = _reusable(self._clock, self._reuse_after)
        for some in portions(empty, _BLOCKS_PER_RETURN):
            returned = await run(self._redis, "return_blocks", app, shard, reusable, *some)
            slots = len(some) * bitmaps.SLOTS_PER_BLOCK // 8
            yield Progress(some[-1] + 1, slots, {Change.RETURNED: len(returned)})


def _reusable(clock: Clock, reuse_after: timedelta) -> int:
    """Slots that became free up to this second may be given out."""
    return to_ms(clock.now() - reuse_after) // 1000
