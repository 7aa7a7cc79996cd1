"""Finds terminals that left the registry lately, by their ids, in the slots that they left."""

import struct
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import shard_of, tag
from pushgate.terminals.holders import SlotHolders

_MAX_OF_GROUP, _MAX_SLOTS, _MAX_ENTRIES = 200, 2000, 20_000
"""The latest free slots that are looked at: of a group, and of all groups of a shard; and how many
are read to find the latest.
"""
FREED = struct.Struct("<II")
"""An entry of a group's list of free slots: when the slot became free (s), and the slot."""


@dataclass(frozen=True, slots=True)
class FormerTerminal:
    """A terminal that is no longer registered: when it left, and the slots that it left, the last
    one first.
    """

    left_at: datetime
    slots: Sequence[SlotRef]


class FormerTerminals:
    """The terminals that left lately, of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._holders = SlotHolders(redis)

    async def find(self, app: App, terminal_id: str) -> FormerTerminal | None:
        """The terminal that had this id, if it is among the latest that left; else None."""
        shard = shard_of(app, terminal_id)
        freed = await self._latest(app, shard)
        ids = await self._holders.ids(app, shard, [slot for _, slot, _ in freed])
        left = [one for one in freed if ids.get(one[1]) == terminal_id]
        if not left:
            return None
        slots = [SlotRef(shard, Group.parse(group.decode()), slot) for _, slot, group in left]
        return FormerTerminal(from_ms(left[0][0] * 1000), slots)

    async def _latest(self, app: App, shard: int) -> list[tuple[int, int, bytes]]:
        """Second, slot and group of the slots that became free last, the latest first."""
        key = tag(app, shard)
        async with reaching(Changes.NOTHING):
            names = await cast("Awaitable[list[bytes]]", self._redis.lrange(f"{key}:blocks", 0, -1))
            groups = list(dict.fromkeys(names))
            of_group = max(1, min(_MAX_OF_GROUP, _MAX_ENTRIES // max(1, len(groups))))
            async with self._redis.pipeline(transaction=False) as pipe:
                for group in groups:
                    pipe.lrange(f"{key}:free:{group.decode()}", -of_group, -1)
                lists = cast("list[list[bytes]]", await pipe.execute())
        freed = [
            (*FREED.unpack(entry), group)
            for group, entries in zip(groups, lists, strict=True)
            for entry in reversed(entries)
        ]
        freed.sort(key=lambda one: one[0], reverse=True)
        return freed[:_MAX_SLOTS]
