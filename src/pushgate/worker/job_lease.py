"""The lease of one job on its blocks.

While it lasts, no other worker sends to the slots of these blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.ledger.lease import Leases
from pushgate.ledger.outcomes import OutcomeStore
from pushgate.ledger.values import Block, MessageShard, Move, Recorded, Wait
from pushgate.redis.replication import Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLease:
    """Leased blocks in one shard of a message. Without renewal the lease lasts for `duration`.

    All calls raise EngineUnavailable.
    """

    leases: Leases
    outcomes: OutcomeStore
    message_shard: MessageShard
    holder: str
    duration: timedelta
    blocks: Sequence[Block]

    async def record(self, moves: Sequence[Move]) -> Recorded:
        """Record outcomes, and renew the lease."""
        return await self.outcomes.record(self.message_shard, self.holder, self.duration, self.blocks, moves)

    async def expect(self) -> Expectation | None:
        """Expect replicas to confirm the next record; None without `redis.wait_replicas`."""
        return await self.outcomes.expect(self.message_shard)

    async def release(self, retry_at: datetime | None, wait: Wait = Wait.RETRY) -> None:
        """Give the blocks up. With `retry_at`, their pending slots wait until then, as `wait`
        says.
        """
        await self.leases.release(self.message_shard, self.holder, self.blocks, retry_at, wait)
