"""The plan of a message: the targeted slots, written once for each shard, and again if a shard has
lost its plan.

Serves the scheduler. Values in, nothing out; knows nothing of audiences.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.message import Resend
from pushgate.domain.outcome import FailureCode, State
from pushgate.ledger.plan_portions import NO_BITS, Deferred, cut_into_portions
from pushgate.ledger.shard_scripts import BLOCKS_PER_SCRIPT, FIRST_CURSOR, minute_of, run
from pushgate.ledger.values import (
    MessageShard,
    Planned,
    is_planned,
    message_key,
    not_configured,
)
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.replication import confirmed

NEVER_RESENT = (FailureCode.UNANSWERED,)
"""Failures that are not sent again, because the terminal may have the message."""


class Plans:
    """The plans of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def write(
        self,
        message_shard: MessageShard,
        planned: Sequence[Planned],
        arms: Sequence[bitmaps.Bits] = (),
        held_out: bitmaps.Bits = NO_BITS,
        rest: bitmaps.Bits | None = None,
        deferred: Deferred | None = None,
    ) -> bool:
        """Write the targeted slots of this shard and the states in which they start.

        `arms` has the slots of each variant of the message, `held_out` those slots of the
        audience that get none. Slots of `rest` are not sent before the shard is told of a winner.
        Those of `deferred` are not targeted yet.

        Returns False, and changes nothing, where the shard has its plan or another planner is
        writing it.
        """
        now, planner = self._clock.now(), secrets.token_hex(8)
        parts = list(cut_into_portions(planned, arms, held_out, rest, deferred))
        async with confirmed(self._redis, tag(message_shard.app, message_shard.shard)):
            for number, part in enumerate(parts):
                head = to_ms(message_shard.keep_until), to_ms(now), minute_of(now), planner, number
                is_last = int(number == len(parts) - 1)
                if not await run(self._redis, "plan", message_shard, *head, is_last, *part.values()):
                    return False
        return True

    async def unplanned(self, app: App, message_id: str) -> list[int]:
        """The shards in which the message has no complete plan: none was written yet, or it was
        lost.
        """
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.get(f"{message_key(app, shard, message_id)}:marker")
            markers = cast("list[bytes | None]", await pipe.execute())
        return [shard for shard, marker in enumerate(markers) if not is_planned(marker)]

    async def incomplete(self, app: App, message_ids: Sequence[str], shards: Collection[int]) -> list[str]:
        """The messages among these that have no complete plan in some of these shards."""
        pairs = [(one, shard) for one in message_ids for shard in shards]
        if not pairs:
            return []
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for one, shard in pairs:
                pipe.get(f"{message_key(app, shard, one)}:marker")
            markers = cast("list[bytes | None]", await pipe.execute())
        found = {one for (one, _), marker in zip(pairs, markers, strict=True) if not is_planned(marker)}
        return [one for one in message_ids if one in found]

    async def resume(self, message_shard: MessageShard, resend: Resend, vendors: Collection[str]) -> None:
        """Make failures pending again. Changes nothing the second time for the same resend.

        `vendors` are the vendors for which this process has settings. Slots of other vendors wait
        for a process that has them.
        """
        now, cursor = self._clock.now(), FIRST_CURSOR
        while True:
            answer = await run(
                self._redis,
                "resume",
                message_shard,
                to_ms(message_shard.keep_until),
                to_ms(now),
                minute_of(now),
                resend.count,
                cursor,
                BLOCKS_PER_SCRIPT,
                len(resend.states),
                *(state.value for state in resend.states),
                len(NEVER_RESENT),
                *(code.value for code in NEVER_RESENT),
                not_configured("").label(State.EXPIRED),
                *vendors,
            )
            cursor = cast("bytes", answer)
            if cursor == FIRST_CURSOR:
                return
