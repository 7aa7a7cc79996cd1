"""Leases of workers on blocks: one worker at a time sends a block of a message."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.clock import Clock, to_ms
from pushgate.ledger.shard_scripts import milliseconds, run
from pushgate.ledger.values import Block, MessageShard, Taken, Wait, ended_state


class Leases:
    """The leases of all messages. Recording outcomes renews them. All calls raise
    EngineUnavailable.
    """

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def take(
        self,
        message_shard: MessageShard,
        holder: str,
        lease: timedelta,
        wanted: Sequence[Block],
        *,
        due_at: datetime | None = None,
        of_canary: bool = False,
    ) -> Taken:
        """Take a lease on the blocks among these that have pending slots and no other holder, and
        read the slots.

        A block whose retry is due later than now is not taken, unless the retry is due by `due_at`.
        Until then the job waited, by the clock of a scheduler, which may be ahead.

        While the message's canary runs, only calls with `of_canary` get blocks, and send only to
        the canary's terminals; afterwards, only calls without it.
        """
        now = self._clock.now()
        due_ms = to_ms(max(now, due_at or now))
        head = holder, milliseconds(lease), to_ms(now), due_ms, "1" if of_canary else ""
        answer = await run(self._redis, "take", message_shard, *head, *(block.number for block in wanted))
        marker, *rows = cast("list[bytes]", answer)
        pending: dict[Block, int] = {}
        held: dict[Block, timedelta] = {}
        for block, row in zip(wanted, rows, strict=True):
            if len(row) == bitmaps.BYTES_PER_BLOCK:
                pending[block] = bitmaps.from_bytes(row)
            elif row:
                held[block] = timedelta(milliseconds=int(row))
        return Taken(pending, held, ended_state(marker))

    async def hasten(self, message_shard: MessageShard, numbers: Sequence[int]) -> None:
        """Let the blocks among these whose retry is due later be taken now."""
        await run(self._redis, "hasten", message_shard, to_ms(self._clock.now()), *numbers)

    async def release(
        self,
        message_shard: MessageShard,
        holder: str,
        held: Sequence[Block],
        retry_at: datetime | None = None,
        wait: Wait = Wait.RETRY,
    ) -> None:
        """Give up leases. With `retry_at`, a job for the rest of these blocks is due then; `wait`
        says for which of their pending slots that holds.
        """
        if held:
            keep_until = to_ms(message_shard.keep_until)
            due = f"{wait.value} {to_ms(retry_at)}" if retry_at else ""
            numbers = (block.number for block in held)
            await run(self._redis, "release", message_shard, holder, keep_until, due, *numbers)
