"""Erases terminals from the registry: no id, push token, attribute or history of them stays."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import by_shard, shard_of, tag
from pushgate.redis.scripts import Value, portions, script
from pushgate.terminals.former_terminals import FREED
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.rows import bucket_of
from pushgate.terminals.shard_scripts import run, run_counting
from pushgate.terminals.token_owners import TokenOwners
from pushgate.terminals.tokens import digest

_TERMINALS_PER_SCRIPT = 20
"""Each may have 64 former slots."""
_SLOTS_PER_SCRIPT = 250
_FREE_AT_ONCE = 1000
_RANGES_PER_SCRIPT = 16
_TOKENS_PER_SCRIPT = 250


class ErasedTerminals(NamedTuple):
    """How many terminals were erased, how many slots that they had before, and how many slots had a
    history of small messages.
    """

    terminals: int = 0
    former_slots: int = 0
    histories: int = 0


class TerminalErasure:
    """Erases terminals of all apps. All calls may be repeated, and raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._owners = TokenOwners(redis)
        self._holders = SlotHolders(redis)

    async def erase(self, app: App, substitutes: Mapping[str, str]) -> ErasedTerminals:
        """Erase terminals; `substitutes` are the names that take the places of their ids."""
        found = ErasedTerminals()
        for shard, ids in by_shard(app, substitutes, str).items():
            for some in portions(ids, _TERMINALS_PER_SCRIPT):
                args: list[Value] = [to_ms(self._clock.now()) // 1000]
                for one in some:
                    args += (one, bucket_of(one), substitutes[one])
                counts = cast("list[int]", await run(self._redis, "erase_terminals", app, shard, *args))
                found = ErasedTerminals(*(before + more for before, more in zip(found, counts, strict=True)))
        return found

    async def erase_free_slots(
        self, app: App, shard: int, user: str, ids: Collection[str], substitute: Callable[[str], str]
    ) -> int:
        """Erase the traces of forgotten terminals in free slots of a shard: these ids, and this
        user. Returns how many slots had one. `substitute` returns the name that replaces an id.
        """
        erased = 0
        async for slots in self._free_slots(app, shard):
            left = await self._holders.read(app, shard, slots)
            wanted = [
                (slot, one.id)
                for slot, one in left.items()
                if not one.is_here and (one.id in ids or one.user == user)
            ]
            for some in portions(wanted, _SLOTS_PER_SCRIPT):
                args = [value for slot, found in some for value in (slot, found, substitute(found))]
                erased += await run_counting(self._redis, "erase_free_slots", app, shard, *args)
        return erased

    async def erase_owners(self, app: App, tokens: Mapping[str, str]) -> None:
        """Erase the index of push tokens; `tokens` are those of the terminals, by id."""
        await self._owners.remove(app, [(digest(token), one) for one, token in tokens.items()])

    async def drop_terms(self, app: App, terms: Sequence[str]) -> None:
        """Drop the terms among these that no terminal has any more."""
        for shard in range(app.shards):
            for term in terms:
                while await run_counting(self._redis, "shrink_term", app, shard, term, _RANGES_PER_SCRIPT):
                    pass

    async def erase_inline(self, app: App, message_id: str, tokens: Sequence[str]) -> int:
        """Erase push tokens that a message brought; returns how many there were."""
        key = f"{tag(app, shard_of(app, message_id))}:m:{message_id}"
        call, erased = script("pushgate.terminals", "erase_inline"), 0
        for some in portions(tokens, _TOKENS_PER_SCRIPT):
            erased += cast("int", await call(self._redis, [key], list(map(digest, some))))
        return erased

    async def _free_slots(self, app: App, shard: int) -> AsyncIterator[list[int]]:
        """The free slots of a shard, and all slots of blocks that compaction empties."""
        key = tag(app, shard)
        async with reaching(Changes.NOTHING):
            blocks = await cast("Awaitable[set[bytes]]", self._redis.smembers(f"{key}:draining"))
            groups = await cast("Awaitable[list[bytes]]", self._redis.lrange(f"{key}:blocks", 0, -1))
        for block in blocks:
            first = int(block) * bitmaps.SLOTS_PER_BLOCK
            yield list(range(first, first + bitmaps.SLOTS_PER_BLOCK))
        for group in sorted(set(groups)):
            # Read from the end, because others may take entries from the beginning meanwhile.
            end = -1
            while True:
                async with reaching(Changes.NOTHING):
                    entries = await cast(
                        "Awaitable[list[bytes]]",
                        self._redis.lrange(f"{key}:free:{group.decode()}", end - _FREE_AT_ONCE + 1, end),
                    )
                if not entries:
                    break
                yield [slot for _, slot in map(FREED.unpack, entries)]
                end -= len(entries)
