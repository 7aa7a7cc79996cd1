"""Where terminals are: the slots of given terminals, tokens and users."""

import asyncio
from collections.abc import Sequence

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.redis.hash_tags import by_shard
from pushgate.redis.shards import of_each
from pushgate.terminals.shard_scripts import LOOKUPS_PER_SCRIPT, locate, parse_slots, run
from pushgate.terminals.token_owners import TokenOwners
from pushgate.terminals.tokens import digest


class TerminalLocations:
    """The slots of all apps' terminals. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._owners = TokenOwners(redis)

    async def locate(self, app: App, terminal_ids: Sequence[str]) -> list[list[SlotRef]]:
        """For each id its slot, followed by those that it had in other groups; empty if unknown."""
        found: list[list[SlotRef]] = [[] for _ in terminal_ids]
        places = by_shard(app, range(len(terminal_ids)), lambda index: terminal_ids[index])

        async def read(shard: int) -> list[list[SlotRef]]:
            return await locate(self._redis, app, shard, [terminal_ids[index] for index in places[shard]])

        for shard, located in (await of_each(places, read)).items():
            for index, slots in zip(places[shard], located, strict=True):
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

    async def locate_each_user(self, app: App, users: Sequence[str]) -> list[list[SlotRef] | None]:
        """For each user the slots of the user's terminals; None for a user who has had more than 64
        in a shard. That user's slots are those of a term.
        """
        found = await asyncio.gather(
            *(self._locate_each_user(app, shard, users) for shard in range(app.shards))
        )
        return [
            None if None in of_user else [slot for slots in of_user if slots for slot in slots]
            for of_user in zip(*found, strict=True)
        ]

    async def _locate_each_user(
        self, app: App, shard: int, users: Sequence[str]
    ) -> list[list[SlotRef] | None]:
        texts: list[bytes | None] = []
        while len(texts) < len(users):
            some = users[len(texts) : len(texts) + LOOKUPS_PER_SCRIPT]
            texts += await self._read_users(app, shard, some)
        return [None if text is None else parse_slots(shard, text) for text in texts]

    async def _read_users(self, app: App, shard: int, users: Sequence[str]) -> list[bytes | None]:
        """For each user, from the first on, the slots as lines; None for one with too many
        terminals.
        """
        return await run(self._redis, "locate_users", app, shard, LOOKUPS_PER_SCRIPT, *users)
