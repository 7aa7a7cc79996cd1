"""Chooses the terminal last seen of each user, over all shards of an app."""

import zlib
from collections.abc import AsyncIterator, Mapping, Sequence

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.ranges import add_slots, slots_of
from pushgate.grouping.algebra import SlotSet
from pushgate.grouping.moves import has
from pushgate.grouping.shard_evaluation import ShardEvaluation
from pushgate.redis.scripts import portions
from pushgate.terminals.holders import SlotHolders, SlotUser
from pushgate.terminals.terms import SHARED

_ROWS_AT_ONCE = 4096
_TERMINALS_PER_PASS = 250_000
"""Terminals whose users are compared in one pass: about 100 MB at most. A pass reads all rows."""
_MAX_HASH_BITS = 27
_HASH_BITS_PER_SLOT = 3
"""Eight buckets a terminal, so that few users share a bucket with another one."""

Slots = dict[int, int]
"""Slots of a shard: bits by range."""
_Best = dict[str, tuple[bool, int, str, int, int]]
"""For each user the best terminal: whether it is still open, when it was last seen (negative s
since the epoch), id, shard and slot.
"""
_Held = tuple[int, dict[int, SlotUser]]
"""A shard, and the holders of some of its slots."""


class OneOfEachUser:
    """Chooses among the slots of all shards. All calls raise EngineUnavailable.

    Memory is bounded for any number of terminals: two bitmaps of at most 16 MB each that find users
    with possibly several terminals, bits by slot, and the users of one pass.
    """

    def __init__(self, app: App, holders: SlotHolders, evaluations: Sequence[ShardEvaluation]) -> None:
        self._app = app
        self._holders = holders
        self._evaluations = evaluations

    async def choose(self, held: Sequence[Slots], settled: Mapping[int, SlotSet]) -> list[Slots]:
        """Return, of each user's terminals among these slots, the one last seen; of several seen in
        the same second, the one with the lowest id. Terminals without a user all stay.

        `settled` slots, by shard, take precedence over all others.
        """
        if self._app.shards == 1:
            candidates = [await self._shared(self._evaluations[0], held[0])]
        else:
            candidates = await self._of_repeated_users(held)
        chosen = [
            {number: bits & ~of_users.get(number, 0) for number, bits in slots.items()}
            for slots, of_users in zip(held, candidates, strict=True)
        ]
        passes = -(-sum(map(bitmaps.count, candidates)) // _TERMINALS_PER_PASS)
        for number in range(passes):
            best: _Best = {}
            async for shard, holders in self._rows(candidates):
                for slot, (terminal_id, user, seen_s) in holders.items():
                    if user is None:
                        add_slots(chosen[shard], [slot])
                    elif zlib.crc32(user.encode()) % passes == number:
                        is_open = not has(settled.get(shard, {}), slot)
                        rank = is_open, -seen_s, terminal_id, shard, slot
                        if user not in best or rank < best[user]:
                            best[user] = rank
            winners: list[list[int]] = [[] for _ in held]
            for _, _, _, shard, slot in best.values():
                winners[shard].append(slot)
            for slots, more in zip(chosen, winners, strict=True):
                add_slots(slots, more)
        return chosen

    async def _shared(self, evaluation: ShardEvaluation, held: Slots) -> Slots:
        """The slots whose user may have several terminals, where the app has one shard."""
        found: Slots = {}
        for numbers in evaluation.portions(list(held), 1):
            for number, (shared,) in (await evaluation.slices(numbers, [SHARED])).items():
                found[number] = held[number] & shared
            await evaluation.read_moves()
        # The bit of a terminal that moved is at its new slot.
        add_slots(found, [former for former, _ in evaluation.log.moves if has(held, former)])
        return found

    async def _of_repeated_users(self, held: Sequence[Slots]) -> list[Slots]:
        """The slots whose user may have another one of the slots, in any shard: another slot has
        the same hash of a user.
        """
        hash_bits = min(_MAX_HASH_BITS, sum(map(bitmaps.count, held)).bit_length() + _HASH_BITS_PER_SLOT)
        once, twice = bytearray((1 << hash_bits) // 8), bytearray((1 << hash_bits) // 8)
        async for _, holders in self._rows(held):
            for _, user, _ in holders.values():
                if user is not None:
                    place, bit = _place(user, hash_bits)
                    if once[place] & bit:
                        twice[place] |= bit
                    once[place] |= bit
        repeated: list[Slots] = [{} for _ in held]
        async for shard, holders in self._rows(held):
            slots = [slot for slot, holder in holders.items() if _is_in(twice, holder.user, hash_bits)]
            add_slots(repeated[shard], slots)
        return repeated

    async def _rows(self, held: Sequence[Slots]) -> AsyncIterator[_Held]:
        """The holders of slots, in portions. Between them, moves are read: the logs keep a limited
        number.
        """
        for shard, slots in enumerate(held):
            for number, bits in slots.items():
                for some in portions(slots_of(number, bits), _ROWS_AT_ONCE):
                    yield shard, await self._read(shard, some)
                for evaluation in self._evaluations:
                    await evaluation.read_moves()

    async def _read(self, shard: int, slots: Sequence[int]) -> dict[int, SlotUser]:
        """The holders of slots of one shard; of terminals that moved, as they are now."""
        found: dict[int, SlotUser] = await self._holders.users(self._app, shard, slots)
        evaluation = self._evaluations[shard]
        while moved := [slot for slot in slots if slot not in found]:
            await evaluation.read_moves()
            places = {evaluation.log.now_at(slot): slot for slot in moved}
            again = await self._holders.users(self._app, shard, list(places))
            if not again:
                break
            found |= {places[slot]: holder for slot, holder in again.items()}
        return found


def _place(user: str, hash_bits: int) -> tuple[int, int]:
    """The byte and the bit of a user in a bitmap of hashes."""
    number = zlib.crc32(user.encode()) & ((1 << hash_bits) - 1)
    return number >> 3, 1 << (number & 7)


def _is_in(hashes: bytearray, user: str | None, hash_bits: int) -> bool:
    if user is None:
        return False
    place, bit = _place(user, hash_bits)
    return bool(hashes[place] & bit)
