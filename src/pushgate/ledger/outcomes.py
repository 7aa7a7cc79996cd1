"""Outcomes of sends, recorded as moves of slots between states while the worker's leases are
renewed.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.outcome import State
from pushgate.ledger.shard_scripts import milliseconds, minute_of, read_blocks, run
from pushgate.ledger.values import Block, MessageShard, Move, Recorded, ended_state, failure_label
from pushgate.redis.hash_tags import tag
from pushgate.redis.replication import Expectation, expect
from pushgate.redis.scripts import Value, portions

_MOVES_PER_SCRIPT = 64


class OutcomeStore:
    """The outcomes of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def record(
        self,
        message_shard: MessageShard,
        holder: str,
        lease: timedelta,
        held: Sequence[Block],
        moves: Sequence[Move],
    ) -> Recorded:
        """Record moves and renew the leases; a portion of the moves in one step.

        A slot counts once, because only slots that are still in the move's origin move.
        """
        done = [
            await self._record(message_shard, holder, lease, held, some)
            for some in list(portions(moves, _MOVES_PER_SCRIPT)) or [()]
        ]
        return Recorded(
            open=done[-1].open,
            lost=max(part.lost for part in done),
            moved=[bits for part in done for bits in part.moved],
            ended=next((part.ended for part in done if part.ended), None),
            paused=any(part.paused for part in done),
        )

    async def _record(
        self,
        message_shard: MessageShard,
        holder: str,
        lease: timedelta,
        held: Sequence[Block],
        moves: Sequence[Move],
    ) -> Recorded:
        answer = await run(
            self._redis,
            "record",
            message_shard,
            holder,
            milliseconds(lease),
            to_ms(message_shard.keep_until),
            minute_of(self._clock.now()),
            len(held),
            *(block.number for block in held),
            *(value for move in moves for value in _row(move)),
        )
        marker, still_open, lost, *moved = cast("list[object]", answer)
        return Recorded(
            open=cast("int", still_open),
            lost=cast("int", lost),
            moved=[bitmaps.from_bytes(bits) for bits in cast("list[bytes]", moved)],
            ended=ended_state(cast("bytes", marker)),
            paused=marker == b"paused",
        )

    async def expect(self, message_shard: MessageShard) -> Expectation | None:
        """Expect replicas to confirm what will be recorded; None without `redis.wait_replicas`."""
        return await expect(self._redis, tag(message_shard.app, message_shard.shard))

    async def count(self, message_shard: MessageShard, blocks: Sequence[Block], *states: State) -> list[int]:
        """How many slots of these blocks are in each of the states."""
        names, numbers = [state.value for state in states], [block.number for block in blocks]
        rows = await read_blocks(self._redis, message_shard.key, names, numbers)
        return [
            sum(bitmaps.from_bytes(row[index]).bit_count() for row in rows.values())
            for index in range(len(names))
        ]


def _row(move: Move) -> tuple[Value, ...]:
    """A move as `record.lua` takes it: block number, bits, origin, target, failure label, kind."""
    return (
        move.block.number,
        bitmaps.to_bytes(move.bits),
        move.origin.value,
        move.to.value,
        failure_label(move.failure, move.to),
        move.kind.value,
    )
