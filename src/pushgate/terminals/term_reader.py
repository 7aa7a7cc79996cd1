"""Terms of the registry, read as bits by range, and the moves of terminals between ranges
meanwhile.
"""

import struct
from array import array
from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from datetime import date
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.bitmaps import BYTES_PER_RANGE, SLOTS_PER_RANGE
from pushgate.domain.terminal import Group
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions, script
from pushgate.terminals.chunk_reader import read_values
from pushgate.terminals.shard_scripts import LOOKUPS_PER_SCRIPT, parse_group, run
from pushgate.terminals.terms import ALIVE, bucket_of_term, day_of_term

MAX_LOGGED_MOVES = 10_000
_MOVE = struct.Struct("<II")
_NAMES_PER_SCAN = 1000
_RANGES_AT_ONCE = 16
_MAX_SETS_AT_ONCE = 512
"""Bits of one term in one range that `slices` reads in one round trip: 4 MB at most."""


class TermReader:
    """Reads the terms of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def slice(
        self, app: App, shard: int, ranges: Sequence[int], terms: Sequence[str]
    ) -> list[list[int]]:
        """For each range and each term, the slots as bits of one whole number: bit i is the i-th
        slot of the range.

        The terms of one range are read together, so that a terminal that changes its terms
        meanwhile has either all of the former or all of the new ones.
        """
        pairs = [part for term in terms for part in (term, bucket_of_term(term))]
        call = script("pushgate.terminals", "slice")
        answers = await call.many(self._redis, [([tag(app, shard)], (number, *pairs)) for number in ranges])
        return [_parse(cast("list[int | bytes]", answer)) for answer in answers]

    async def slices(
        self, app: App, shard: int, ranges: Sequence[int], terms: Sequence[str]
    ) -> AsyncIterator[tuple[int, list[int]]]:
        """Any number of ranges, each with the result of `slice` for it. They are read in
        portions.
        """
        size = max(1, min(_RANGES_AT_ONCE, _MAX_SETS_AT_ONCE // max(1, len(terms))))
        for numbers in portions(ranges, size):
            for found in zip(numbers, await self.slice(app, shard, numbers, terms), strict=True):
                yield found

    async def block_groups(self, app: App, shard: int) -> list[Group]:
        """The group of each block of the shard, by block number."""
        async with reaching(Changes.NOTHING):
            names = await cast(
                "Awaitable[list[bytes]]", self._redis.lrange(f"{tag(app, shard)}:blocks", 0, -1)
            )
        return list(map(parse_group, names))

    async def timezones(self, app: App, shard: int) -> list[str]:
        """The time zones that terminals of the shard have or had, sorted."""
        return await self._names(app, shard, "z")

    async def languages(self, app: App, shard: int) -> list[str]:
        """The own languages that terminals of the shard have or had in groups of other languages,
        sorted.
        """
        return await self._names(app, shard, "l")

    async def days(self, app: App, shard: int) -> tuple[list[date], list[date]]:
        """The days on which terminals of the shard were last seen, and those on which terminals
        were registered, in rising order. Some may have no terminal any more.
        """
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[set[bytes]]", self._redis.smembers(f"{tag(app, shard)}:days"))
        terms = [term.decode() for term in raw]
        seen = sorted(day_of_term(term) for term in terms if term.startswith("d:"))
        return seen, sorted(day_of_term(term) for term in terms if term.startswith("r:"))

    async def moves_total(self, app: App, shard: int) -> int:
        """How many moves from slot to slot the shard has ever had."""
        async with reaching(Changes.NOTHING):
            return int(await self._redis.get(f"{tag(app, shard)}:moves:total") or 0)

    async def moves_totals(self, app: App, shards: Collection[int]) -> dict[int, int]:
        """How many moves each of these shards has ever had."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in shards:
                pipe.get(f"{tag(app, shard)}:moves:total")
            totals = cast("list[bytes | None]", await pipe.execute())
        return {shard: int(total or 0) for shard, total in zip(shards, totals, strict=True)}

    async def moves_since(self, app: App, shard: int, total: int) -> list[tuple[int, int]] | None:
        """The moves after the first `total`: former slot and new slot, in their order. None where
        there were too many to remember.
        """
        if await self.moves_total(app, shard) == total:
            return []  # so that the list is read only if something moved
        key = f"{tag(app, shard)}:moves"
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            pipe.get(f"{key}:total")
            pipe.lrange(key, -MAX_LOGGED_MOVES, -1)
            raw, moves = await pipe.execute()
        new = int(raw or 0) - total
        if not 0 <= new <= len(moves):
            return None
        return [_MOVE.unpack(move) for move in moves[len(moves) - new :]]

    async def follow(self, app: App, shard: int, slots: Sequence[int]) -> dict[int, int]:
        """Where the terminals are now that had these slots before. Slots of terminals that stayed
        or were forgotten are left out.
        """
        if len(slots) <= LOOKUPS_PER_SCRIPT:
            return await self._follow_singly(app, shard, slots)
        # All former slots of a terminal lead to its slot now; of one that was forgotten, none leads
        # anywhere.
        pointers = await self._pointers(app, shard, slots)
        found = await self._in_use(app, shard, pointers)
        # The terminals of the others changed their slots again, or were forgotten, between the two.
        for some in portions([slot for slot in pointers if slot not in found], LOOKUPS_PER_SCRIPT):
            found |= await self._follow_singly(app, shard, some)
        return found

    async def _follow_singly(self, app: App, shard: int, slots: Sequence[int]) -> dict[int, int]:
        """Follow slots in one step, by a script."""
        answers = cast("list[int]", await run(self._redis, "follow", app, shard, *slots))
        return {slot: now for slot, now in zip(slots, answers, strict=True) if now >= 0}

    async def _pointers(self, app: App, shard: int, slots: Sequence[int]) -> dict[int, int]:
        """The slots to which these slots lead, as far as they lead anywhere."""
        pointers = await read_values(self._redis, app, shard, "fwd", slots)
        return {slot: int.from_bytes(raw, "little") for slot, raw in pointers.items()}

    async def _in_use(self, app: App, shard: int, pointers: Mapping[int, int]) -> dict[int, int]:
        """Those pointers that lead to slots in use."""
        numbers = sorted({now // SLOTS_PER_RANGE for now in pointers.values()})
        alive: dict[int, bytes] = {}
        async for number, (bits,) in self.slices(app, shard, numbers, [ALIVE]):
            alive[number] = bits.to_bytes(BYTES_PER_RANGE, "little")
        found: dict[int, int] = {}
        for slot, now in pointers.items():
            number, offset = divmod(now, SLOTS_PER_RANGE)
            if alive[number][offset >> 3] >> (offset & 7) & 1:
                found[slot] = now
        return found

    async def _names(self, app: App, shard: int, kind: str) -> list[str]:
        async with reaching(Changes.NOTHING):
            names = self._redis.sscan_iter(f"{tag(app, shard)}:names:{kind}", count=_NAMES_PER_SCAN)
            return sorted({name.decode() async for name in names})


def _parse(answer: Sequence[int | bytes]) -> list[int]:
    pairs = zip(answer[::2], cast("list[bytes]", answer[1::2]), strict=True)
    return [int.from_bytes(text, "little") if is_bits else _from_offsets(text) for is_bits, text in pairs]


def _from_offsets(raw: bytes) -> int:
    """Bits from offsets into a range, 2 bytes each."""
    return bitmaps.from_offsets(array("H", raw), BYTES_PER_RANGE) if raw else 0
