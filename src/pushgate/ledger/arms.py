"""The slots of each variant of a large message: pending ones for workers, and counts of their
results.
"""

from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.experiment import Split
from pushgate.ledger.block_records import SETS
from pushgate.ledger.message_sets import RANGES_PER_READ, MessageSets
from pushgate.ledger.shard_scripts import read_blocks
from pushgate.ledger.slot_sets import HELD_OUT, REST, arm_set
from pushgate.ledger.values import Block, MessageShard, message_key
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import shard_of
from pushgate.redis.scripts import portions


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """For each variant, its terminals in each of `SETS`; the same for the rest, which gets the
    winner; and how many terminals get no variant. All zero before the message is planned.
    """

    arms: Sequence[Mapping[str, int]]
    rest: Mapping[str, int]
    held_out: int


_LARGE = 100_000
"""With this many targeted terminals or more, a count takes so long that its result is cached."""
_KEPT_FOR_MS_A_TERMINAL = 0.01
"""How long a count is cached: 10 s for a message to a million terminals."""
_decode_counts = msgspec.json.Decoder(ArmCounts).decode


class ArmStore:
    """The variants of all large messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._sets = MessageSets(redis)

    async def read(
        self, message_shard: MessageShard, split: Split, blocks: Iterable[Block]
    ) -> list[dict[Block, int]]:
        """For each variant, the slots in these blocks that get it. Slots of the rest get the
        winner, once it is noted in the shard.
        """
        count = len(split.names)
        names = [*map(arm_set, range(count)), REST][: count + bool(split.winner)]
        numbers = [block.number for block in blocks]
        rows = await read_blocks(self._redis, message_shard.key, names, numbers)
        arms = [
            {block: bitmaps.from_bytes(row[number]) for block, row in rows.items()} for number in range(count)
        ]
        winner = await self._winner(message_shard) if split.winner else None
        if winner is not None:
            for block, row in rows.items():
                arms[winner][block] |= bitmaps.from_bytes(row[count])
        return arms

    async def _winner(self, message_shard: MessageShard) -> int | None:
        async with reaching(Changes.NOTHING):
            raw = await self._redis.get(f"{message_shard.key}:winner")
        return None if raw is None else int(cast("bytes", raw))

    async def count(self, app: App, message_id: str, variants: int, *, fresh: bool = False) -> ArmCounts:
        """How many terminals of each variant are in which state.

        Reads all sets of the message: about 1.5 MB for a million terminals. So counts of many
        terminals are cached for some seconds, unless `fresh` is true.
        """
        key = f"{message_key(app, shard_of(app, message_id), message_id)}:arm-counts"
        if not fresh:
            async with reaching(Changes.NOTHING):
                kept = cast("bytes | None", await self._redis.get(key))
            if kept:
                return _decode_counts(kept)
        counts = await self._count(app, message_id, variants)
        targeted = counts.rest["targeted"] + sum(arm["targeted"] for arm in counts.arms)
        if targeted >= _LARGE:
            kept_for = int(targeted * _KEPT_FOR_MS_A_TERMINAL)
            async with reaching():
                await self._redis.set(key, msgspec.json.encode(counts), px=kept_for)
        return counts

    async def _count(self, app: App, message_id: str, variants: int) -> ArmCounts:
        counts, held_out = [Counter[str]() for _ in range(variants + 1)], 0
        names = [*map(arm_set, range(variants)), REST, *SETS]
        for shard in range(app.shards):
            key = message_key(app, shard, message_id)
            layout = await self._sets.layout(key)
            for some in portions(layout.ranges, RANGES_PER_READ):
                for row in (await self._sets.read(key, layout, some, names)).values():
                    _add(counts, row[: variants + 1], row[variants + 1 :])
            async with reaching(Changes.NOTHING):
                raw = await cast("Awaitable[bytes | None]", self._redis.hget(f"{key}:counts", f"|{HELD_OUT}"))
            held_out += int(raw or 0)
        *arms, rest = [{name: found[name] for name in SETS} for found in counts]
        return ArmCounts(arms, rest, held_out)

    async def settle(self, message_shard: MessageShard, judgement: bytes) -> bytes:
        """Store the message's judgement, unless it has one; returns the stored judgement."""
        key = _judgement_key(message_shard.app, message_shard.message_id)
        async with reaching(), self._redis.pipeline(transaction=True) as pipe:
            pipe.set(key, judgement, nx=True, pxat=to_ms(message_shard.keep_until))
            pipe.get(key)
            return cast("bytes", (await pipe.execute())[1])

    async def judgement(self, app: App, message_id: str) -> tuple[bytes | None, datetime | None]:
        """The judgement on the message's variants, and when pushes of them were last seen pending;
        None while there is none.
        """
        async with reaching(Changes.NOTHING):
            keys = _judgement_key(app, message_id), _waited_key(app, message_id)
            judgement, waited = cast("list[bytes | None]", await self._redis.mget(keys))
        return judgement, from_ms(int(waited)) if waited else None

    async def note_pending(self, app: App, message_id: str, at: datetime, keep_until: datetime) -> None:
        """Note that pushes of the message's variants are pending at this instant."""
        async with reaching():
            await self._redis.set(_waited_key(app, message_id), to_ms(at), pxat=to_ms(keep_until))


def _add(counts: Sequence[Counter[str]], arms: Sequence[int], sets: Sequence[int]) -> None:
    for counter, arm in zip(counts, arms, strict=True):
        for name, bits in zip(SETS, sets, strict=True):
            counter[name] += (arm & bits).bit_count()


def _judgement_key(app: App, message_id: str) -> str:
    return f"{message_key(app, shard_of(app, message_id), message_id)}:judgement"


def _waited_key(app: App, message_id: str) -> str:
    return f"{message_key(app, shard_of(app, message_id), message_id)}:arms-pending"
