"""The laws of a shard's blocks at rest: a slot is given out once, and free slots are to be had."""

import struct
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis
from tests.support.registry_laws import check_registry

from pushgate.domain.app import App
from pushgate.domain.bitmaps import SLOTS_PER_BLOCK
from pushgate.redis.hash_tags import tag
from pushgate.terminals.chunks import SLOTS_PER_CHUNK
from pushgate.terminals.rows import is_free


@dataclass
class StoredBlocks:
    """What is stored of the blocks of a shard."""

    groups: list[str] = field(default_factory=list)
    of_group: dict[str, list[int]] = field(default_factory=dict)
    fresh: dict[str, int] = field(default_factory=dict)
    lists: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """The lists of free slots: when each became free (s), and the slot."""
    draining: set[int] = field(default_factory=set)
    spare: list[int] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    freed: dict[int, int] = field(default_factory=dict)
    """When each free slot became free (s), by its row."""

    @property
    def in_use(self) -> int:
        """How many blocks belong to groups."""
        return len(self.groups) - len(self.spare)


async def check_blocks(redis: Redis, app: App) -> None:
    """Raises AssertionError for a breach of the laws of blocks, and of those of the registry."""
    await check_registry(redis, app)
    for shard in range(app.shards):
        _check(await read_blocks(redis, app, shard))


async def read_blocks(redis: Redis, app: App, shard: int = 0) -> StoredBlocks:
    """Read what is stored of a shard's blocks."""
    key, stored = tag(app, shard), StoredBlocks()
    stored.groups = [raw.decode() for raw in await _list(redis, f"{key}:blocks")]
    stored.spare = list(map(int, await _list(redis, f"{key}:spare")))
    stored.draining = set(map(int, await cast("Awaitable[set[bytes]]", redis.smembers(f"{key}:draining"))))
    fresh = await cast("Awaitable[dict[bytes, bytes]]", redis.hgetall(f"{key}:fresh"))
    stored.fresh = {group.decode(): int(slot) for group, slot in fresh.items()}
    async for group, values in _lists(redis, f"{key}:blocksof:"):
        stored.of_group[group] = list(map(int, values))
    async for group, values in _lists(redis, f"{key}:free:"):
        stored.lists[group] = [struct.unpack("<II", raw) for raw in values]
    async for name in redis.scan_iter(f"{key}:rows:*", count=1000):
        first = int(name.decode().rpartition(":")[2]) * SLOTS_PER_CHUNK
        rows = await cast("Awaitable[dict[bytes, bytes]]", redis.hgetall(name))
        for place, row in rows.items():
            if is_free(row):
                stored.freed[first + int(place)] = int.from_bytes(row[:6], "little") // 1000
            else:
                stored.used.add(first + int(place))
    return stored


async def _list(redis: Redis, key: str) -> list[bytes]:
    return await cast("Awaitable[list[bytes]]", redis.lrange(key, 0, -1))


async def _lists(redis: Redis, prefix: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    async for key in redis.scan_iter(f"{prefix}*", count=1000):
        yield key.decode().removeprefix(prefix), await _list(redis, key.decode())


def _check(stored: StoredBlocks) -> None:
    owned = [block for blocks in stored.of_group.values() for block in blocks]
    assert sorted([*owned, *stored.spare]) == list(range(len(stored.groups))), "a block has one owner"
    for group, blocks in stored.of_group.items():
        assert all(stored.groups[block] == group for block in blocks), f"blocks of {group}"
    assert stored.draining <= {*owned}, "only blocks of groups are emptied"
    for slot in stored.used | stored.freed.keys():
        block = slot // SLOTS_PER_BLOCK
        assert block in owned, f"slot {slot} has a row in a spare block"
        fresh = stored.fresh.get(stored.groups[block], 0)
        is_open = fresh % SLOTS_PER_BLOCK and fresh // SLOTS_PER_BLOCK == block
        assert not is_open or slot < fresh, f"slot {slot} has a row and was never given out"
    _check_free(stored)


def _check_free(stored: StoredBlocks) -> None:
    listed: list[int] = []
    for group, entries in stored.lists.items():
        for freed, slot in entries:
            if stored.freed.get(slot) == freed:
                assert stored.groups[slot // SLOTS_PER_BLOCK] == group, f"slot {slot} is listed by {group}"
                listed.append(slot)
    assert len(listed) == len({*listed}), "a free slot is listed once"
    wanted = {slot for slot in stored.freed if slot // SLOTS_PER_BLOCK not in stored.draining}
    assert wanted <= {*listed}, "a free slot is listed"
