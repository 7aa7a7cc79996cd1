"""The outcomes of one job, collected and recorded every few milliseconds.

Recording also renews the job's lease.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType

from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import State
from pushgate.ledger.values import Block, Failure, Move, MoveKind
from pushgate.runtime import logs, tasks
from pushgate.worker.job_lease import JobLease

_MAX_UNRECORDED_SECONDS = 2.0
"""Unrecorded outcomes are sent again if this process dies: sending stops before they are many."""
_FIRST_PAUSE, _MAX_PAUSE = 0.1, 2.0
"""Seconds between two attempts to record."""
_log = logs.get("worker")
_Key = tuple[Block, State, State, Failure | None, MoveKind]


class OutcomeBuffer:
    """Records the outcomes of one job. An async context manager: leaving it records everything.

    While Redis is unreachable the outcomes stay here (those of one job at most) and are recorded
    once it is back.
    """

    def __init__(self, lease: JobLease, flush_interval: timedelta, ended: State | None = None) -> None:
        """`ended` is the state in which the message was ended before the job began, if it was."""
        self._lease = lease
        self._flush_interval = flush_interval
        self._unrecorded: dict[_Key, int] = {}
        self._unrecorded_since: float | None = None
        self._max_unrecorded_seconds = min(_MAX_UNRECORDED_SECONDS, lease.duration.total_seconds() / 3)
        self._flushing = asyncio.Lock()
        self._flusher: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self.ended = ended
        """The state in which the message was ended meanwhile, if it was: nothing more is sent."""
        self.lease_lost = False
        """Whether another worker has taken over a block."""
        self.overdue = False
        """Whether outcomes could not be recorded for so long that sending stopped."""
        self.state_counts: Counter[State] = Counter()
        """How many terminals came to each state so far."""

    async def __aenter__(self) -> "OutcomeBuffer":
        self._flusher = asyncio.create_task(self._keep_flushing())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._flusher:
            await tasks.cancel_and_wait(self._flusher)
        await self.flush()

    @property
    def must_stop(self) -> bool:
        """Whether sending must stop: message ended, lease lost, or outcomes cannot be recorded."""
        since = self._unrecorded_since
        if since is not None and self._loop.time() - since > self._max_unrecorded_seconds:
            self.overdue = True
        failed = self._flusher is not None and self._flusher.done()
        return self.lease_lost or self.overdue or self.ended is not None or failed

    def add(self, move: Move) -> None:
        """Record this with the next flush."""
        key = (move.block, move.origin, move.to, move.failure, move.kind)
        self._unrecorded[key] = self._unrecorded.get(key, 0) | move.bits
        if self._unrecorded_since is None:
            self._unrecorded_since = self._loop.time()

    async def reserve(self, move: Move) -> int:
        """Record at once that these slots are about to be sent; returns the slots that
        may be sent.

        Raises EngineUnavailable: then none may be sent.
        """
        if self.must_stop:
            return 0
        async with self._flushing:
            (moved,) = await self._record([move])
        return 0 if self.lease_lost or self.ended else moved

    async def flush(self) -> None:
        """Record everything, waiting for Redis as long as it takes."""
        pause = _FIRST_PAUSE
        while True:
            try:
                async with self._flushing:
                    await self._record_unrecorded()
            except EngineUnavailable as error:
                _log.warning("outcomes wait for Redis", action="flush_waits", error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, _MAX_PAUSE)
            else:
                return

    async def _keep_flushing(self) -> None:
        """Flush at every interval if there is anything, and thrice within a lease to renew it."""
        renewal_interval = self._lease.duration.total_seconds() / 3
        renew_at = self._loop.time() + renewal_interval
        while True:
            await asyncio.sleep(self._flush_interval.total_seconds())
            if self._unrecorded or self._loop.time() >= renew_at:
                await self.flush()
                renew_at = self._loop.time() + renewal_interval

    async def _record_unrecorded(self) -> None:
        batch, started_at = dict(self._unrecorded), self._loop.time()
        await self._record(
            [
                Move(block, bits, to, failure=failure, origin=origin, kind=kind)
                for (block, origin, to, failure, kind), bits in batch.items()
            ]
        )
        # Removed only now: a flush that was cut off is repeated, and changes nothing that it has
        # done already.
        for key, bits in batch.items():
            added_meanwhile = self._unrecorded[key] & ~bits
            if added_meanwhile:
                self._unrecorded[key] = added_meanwhile
            else:
                del self._unrecorded[key]
        self._unrecorded_since = started_at if self._unrecorded else None

    async def _record(self, moves: Sequence[Move]) -> Sequence[int]:
        recorded = await self._lease.record(moves)
        self.ended = self.ended or recorded.ended
        self.lease_lost = self.lease_lost or recorded.lost > 0
        for move, moved in zip(moves, recorded.moved, strict=True):
            self.state_counts[move.to] += moved.bit_count()
            self.state_counts[move.origin] -= moved.bit_count()
        return recorded.moved
