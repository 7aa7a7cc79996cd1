"""Where terminals are: slots in use by group, and the slots of given terminals, tokens and
users.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import shard_of, tag
from pushgate.redis.scripts import portions
from pushgate.terminals.shard_scripts import LOOKUPS_PER_SCRIPT, locate, name_groups, parse_slots, run
from pushgate.terminals.term_reader import SLOTS_PER_RANGE, TermReader
from pushgate.terminals.terms import user_term
from pushgate.terminals.token_owners import TokenOwners
from pushgate.terminals.tokens import digest

_USERS_AT_ONCE = 500


class TerminalLocations:
    """The slots of all apps' terminals. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._owners = TokenOwners(redis)
        self._terms = TermReader(redis)

    async def alive(self, app: App, shard: int) -> dict[Group, dict[int, int]]:
        """The slots in use in one shard, as bits by group and block."""
        key = tag(app, shard)
        async with reaching(Changes.NOTHING):
            known = await self._redis.llen(f"{key}:blocks")
            # In one step, so that a terminal that moves meanwhile is in one group, not in two or
            # none. One more range than there are now, for blocks that are opened meanwhile.
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.lrange(f"{key}:blocks", 0, -1)
                for number in bitmaps.ranges_of(known + bitmaps.BLOCKS_PER_RANGE):
                    pipe.get(f"{key}:b:{number}:alive")
                blocks, *ranges = cast("tuple[list[bytes], *tuple[bytes | None, ...]]", await pipe.execute())
        groups = {name: Group.parse(name.decode()) for name in set(blocks)}
        found: dict[Group, dict[int, int]] = {}
        for number, raw in enumerate(ranges):
            for block, bits in bitmaps.blocks_of_range(number, raw or b""):
                found.setdefault(groups[blocks[block]], {})[block] = bits
        return found

    async def locate(self, app: App, terminal_ids: Sequence[str]) -> list[list[SlotRef]]:
        """For each id its slot, followed by those that it had in other groups; empty if unknown."""
        found: list[list[SlotRef]] = [[] for _ in terminal_ids]
        by_shard: dict[int, list[int]] = {}
        for index, terminal_id in enumerate(terminal_ids):
            by_shard.setdefault(shard_of(app, terminal_id), []).append(index)
        for shard, indexes in by_shard.items():
            ids = [terminal_ids[index] for index in indexes]
            for index, slots in zip(indexes, await locate(self._redis, app, shard, ids), strict=True):
                found[index] = slots
        return found

    async def locate_tokens(self, app: App, tokens: Sequence[str]) -> list[list[SlotRef]]:
        """For each push token the slots of the terminal that has it, as `locate`; empty if none
        has.
        """
        owners = await self._owners.find(app, [digest(token) for token in tokens])
        known = [(index, ids[0]) for index, ids in enumerate(owners) if ids]
        located = await self.locate(app, [terminal_id for _, terminal_id in known])
        found: list[list[SlotRef]] = [[] for _ in tokens]
        for (index, _), slots in zip(known, located, strict=True):
            found[index] = slots
        return found

    async def locate_users(self, app: App, users: Sequence[str]) -> AsyncIterator[list[SlotRef]]:
        """The slots of all terminals of these users, in pieces, however many terminals a user
        has.
        """
        for some in portions(users, _USERS_AT_ONCE):
            found = await asyncio.gather(
                *(self._locate_users(app, shard, some) for shard in range(app.shards))
            )
            for shard, (slots, large_users) in enumerate(found):
                yield slots
                for user in large_users:
                    async for found_slots in self._terminals_of(app, shard, user):
                        yield found_slots

    async def _locate_users(
        self, app: App, shard: int, users: Sequence[str]
    ) -> tuple[list[SlotRef], list[str]]:
        """The slots of these users' terminals in a shard, and the users who have too many for one
        script.
        """
        slots: list[SlotRef] = []
        large_users: list[str] = []
        done = 0
        while done < len(users):
            for text in await self._read_users(app, shard, users[done:]):
                if text:
                    slots += parse_slots(shard, text)
                elif text is None:
                    large_users.append(users[done])
                done += 1
        return slots, large_users

    async def _read_users(self, app: App, shard: int, users: Sequence[str]) -> list[bytes | None]:
        """For each user, from the first on, the slots as lines; None for one with too many
        terminals.
        """
        return await run(self._redis, "locate_users", app, shard, LOOKUPS_PER_SCRIPT, *users)

    async def _terminals_of(self, app: App, shard: int, user: str) -> AsyncIterator[list[SlotRef]]:
        """The slots of a user's terminals in a shard, in pieces."""
        async with reaching(Changes.NOTHING):
            blocks = await self._redis.llen(f"{tag(app, shard)}:blocks")
        for number in bitmaps.ranges_of(blocks):
            ((bits,),) = await self._terms.slice(app, shard, [number], [user_term(user)])
            slots = [number * SLOTS_PER_RANGE + offset for offset in bitmaps.offsets(bits)]
            yield await name_groups(self._redis, app, shard, slots)

    async def locate_each_user(self, app: App, users: Sequence[str]) -> list[list[SlotRef] | None]:
        """For each user the slots of the user's terminals; None for a user with more than 64 in a
        shard.
        """
        by_shard = await asyncio.gather(
            *(self._locate_each_user(app, shard, users) for shard in range(app.shards))
        )
        return [
            None if None in of_user else [slot for slots in of_user if slots for slot in slots]
            for of_user in zip(*by_shard, strict=True)
        ]

    async def _locate_each_user(
        self, app: App, shard: int, users: Sequence[str]
    ) -> list[list[SlotRef] | None]:
        texts: list[bytes | None] = []
        while len(texts) < len(users):
            some = users[len(texts) : len(texts) + LOOKUPS_PER_SCRIPT]
            texts += await self._read_users(app, shard, some)
        return [None if text is None else parse_slots(shard, text) for text in texts]
