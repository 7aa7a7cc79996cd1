"""The outcomes of one job of blocks, collected by block and kind until they are recorded."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from pushgate.domain.outcome import State
from pushgate.ledger.values import Block, Failure, Move, MoveKind
from pushgate.worker.flush_loop import FlushLoop
from pushgate.worker.job_lease import JobLease

_Key = tuple[Block, State, State, Failure | None, MoveKind]


class OutcomeBuffer(FlushLoop):
    """Records the outcomes of one job of blocks."""

    def __init__(self, lease: JobLease, flush_interval: timedelta, ended: State | None = None) -> None:
        """`ended` is the state in which the message was ended before the job began, if it was."""
        super().__init__(lease.duration, flush_interval)
        self._lease = lease
        self._unrecorded: dict[_Key, int] = {}
        self.ended = ended
        """The state in which the message was ended meanwhile; None if it was not. Once it is set,
        nothing more is sent.
        """
        self.paused = False
        """Whether the message was paused meanwhile. If so, nothing more is sent."""
        self.open: int | None = None
        """Open terminals of the shard after the last recording, None before the first one."""
        self.state_counts: Counter[State] = Counter()
        """How many terminals came to each state so far."""

    @property
    def must_stop(self) -> bool:
        """Whether sending must stop: message ended or paused, lease lost, or outcomes cannot be
        recorded.
        """
        return super().must_stop or self.is_taken_away

    @property
    def is_taken_away(self) -> bool:
        """Whether the rest no longer belongs to this job: message ended or paused, or lease
        lost.
        """
        return self.lease_lost or self.ended is not None or self.paused

    def add(self, move: Move) -> None:
        """Record this move with the next flush."""
        key = (move.block, move.origin, move.to, move.failure, move.kind)
        self._unrecorded[key] = self._unrecorded.get(key, 0) | move.bits
        self._note()

    async def reserve(self, move: Move) -> tuple[int, bool]:
        """Record at once that these slots are about to be sent.

        Returns the reserved slots, and whether the record outlives its server; if not, none of them
        may be sent. Raises EngineUnavailable: then none may be sent, either.
        """
        if self.must_stop:
            return 0, True
        expected = await self._lease.expect()
        async with self._lock:
            (moved,) = await self._record([move])
        if self.is_taken_away:
            # The message was paused a moment ago. It may be resumed already, so a slot that was
            # reserved is released: it was not sent.
            if moved:
                self.add(Move(move.block, moved, move.origin, origin=move.to, kind=MoveKind.RELEASE))
            return 0, True
        return moved, expected is None or await expected.is_met()

    async def _record_unrecorded(self) -> None:
        batch, started_at = dict(self._unrecorded), self._loop.time()
        await self._record(
            [
                Move(block, bits, to, failure=failure, origin=origin, kind=kind)
                for (block, origin, to, failure, kind), bits in batch.items()
            ]
        )
        # Removed only now, so that a flush that was cut off is repeated. The repeated one changes
        # nothing that is recorded already.
        for key, bits in batch.items():
            added_meanwhile = self._unrecorded[key] & ~bits
            if added_meanwhile:
                self._unrecorded[key] = added_meanwhile
            else:
                del self._unrecorded[key]
        self._unrecorded_since = started_at if self._unrecorded else None

    async def _record(self, moves: Sequence[Move]) -> Sequence[int]:
        recorded = await self._lease.record(moves)
        self.open = recorded.open
        self.ended = self.ended or recorded.ended
        self.paused = self.paused or recorded.paused
        self.lease_lost = self.lease_lost or recorded.lost > 0
        for move, moved in zip(moves, recorded.moved, strict=True):
            self.state_counts[move.to] += moved.bit_count()
            self.state_counts[move.origin] -= moved.bit_count()
        return recorded.moved
