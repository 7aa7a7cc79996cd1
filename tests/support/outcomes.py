"""An outcome buffer over a ledger in memory: what a worker's outcomes come to, without Redis."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard, Move, Recorded
from pushgate.worker.job_lease import JobLease
from pushgate.worker.outcome_buffer import OutcomeBuffer

BLOCK = Block(Group("apns", "en"), 0)
MESSAGE_SHARD = MessageShard(App("shop"), 0, "m", datetime(2030, 1, 1, tzinfo=UTC))


class MemoryLedger:
    """Takes every move as it comes.

    It may be unreachable, or say that the lease is lost or the message ended.
    """

    def __init__(self) -> None:
        self.reachable = True
        self.lost = 0
        self.ended: State | None = None
        self.moves: list[Move] = []
        self.expected = asyncio.Event()
        """Set when somebody is about to reserve."""

    @property
    def recorded(self) -> int:
        """The bits of all recorded moves."""
        bits = 0
        for move in self.moves:
            bits |= move.bits
        return bits

    async def expect(self, _message_shard: MessageShard) -> None:
        """Replicas confirm nothing here."""
        self.expected.set()

    async def record(
        self, shard: MessageShard, holder: str, lease: timedelta, held: Sequence[Block], moves: Sequence[Move]
    ) -> Recorded:
        if not self.reachable:
            raise EngineUnavailable
        self.moves += moves
        return Recorded(open=0, lost=self.lost, moved=[move.bits for move in moves], ended=self.ended)


def lease_on(ledger: MemoryLedger, duration: timedelta) -> JobLease:
    """A lease on the block."""
    return JobLease(
        leases=ledger,  # type: ignore[arg-type]  # a buffer does not use it
        outcomes=ledger,  # type: ignore[arg-type]  # it has the one verb that a buffer uses
        message_shard=MESSAGE_SHARD,
        holder="worker",
        duration=duration,
        blocks=[BLOCK],
    )


def buffer_over(ledger: MemoryLedger, duration: timedelta = timedelta(seconds=15)) -> OutcomeBuffer:
    """A buffer that flushes every 10 ms."""
    return OutcomeBuffer(lease_on(ledger, duration), timedelta(milliseconds=10))
