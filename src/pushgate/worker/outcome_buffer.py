"""Outcomes of one job, gathered and recorded every few milliseconds, while the leases of its blocks are held."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType

from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import State
from pushgate.ledger.pending import Block, Failure, MessageShard, Move, MoveKind, Pending
from pushgate.runtime import logs, tasks

_LONGEST_WAIT = 2.0
"""Seconds: what is unrecorded is sent again should this process die, so there must not be much of it."""
_log = logs.get("worker")
_Key = tuple[Block, State, State, Failure | None, MoveKind]


class OutcomeBuffer:
    """Records the outcomes of one job. Use as an async context manager: on leaving, everything is recorded.

    While Redis is out of reach the outcomes stay here (a job's worth at most) and are recorded once it is back.
    """

    def __init__(
        self,
        pending: Pending,
        scope: MessageShard,
        holder: str,
        lease: timedelta,
        interval: timedelta,
        held: Sequence[Block],
    ) -> None:
        self._pending = pending
        self._scope = scope
        self._holder = holder
        self._lease = lease
        self._interval = interval
        self._held = held
        self._waiting: dict[_Key, int] = {}
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.ended: State | None = None
        """The state the message was ended in meanwhile, if it was: what is not sent yet must not be."""
        self.lost = False
        """Whether another worker has taken over a block."""
        self.behind = False
        """Whether outcomes could not be recorded for so long that nothing more was sent."""
        self._loop = asyncio.get_running_loop()
        self._waiting_since: float | None = None
        self._longest_wait = min(_LONGEST_WAIT, lease.total_seconds() / 3)
        self.counts: Counter[State] = Counter()
        """How many terminals came to which state so far."""

    async def __aenter__(self) -> "OutcomeBuffer":
        self._task = asyncio.create_task(self._keep_flushing())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            await tasks.cancel_and_wait(self._task)
        await self.record()

    @property
    def stopped(self) -> bool:
        """Whether nothing more may be sent: ended, taken over, or outcomes cannot be recorded."""
        since = self._waiting_since
        if since is not None and self._loop.time() - since > self._longest_wait:
            self.behind = True
        failed = self._task is not None and self._task.done()
        return self.lost or self.behind or self.ended is not None or failed

    def add(self, move: Move) -> None:
        """Record this with the next flush."""
        key = (move.block, move.origin, move.to, move.failure, move.kind)
        self._waiting[key] = self._waiting.get(key, 0) | move.bits
        if self._waiting_since is None:
            self._waiting_since = self._loop.time()

    async def withhold(self, move: Move) -> int:
        """Record at once that these are about to be sent at most once; returns those that may be.

        Raises EngineUnavailable: then none may.
        """
        if self.stopped:
            return 0
        async with self._lock:
            (moved,) = await self._flush([move])
        return 0 if self.lost or self.ended else moved

    async def record(self) -> None:
        """Record all there is, waiting for Redis as long as it takes."""
        pause = 0.1
        while True:
            try:
                async with self._lock:
                    await self._flush_waiting()
            except EngineUnavailable as error:
                _log.warning("outcomes wait for Redis", action="flush_waits", error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)
            else:
                return

    async def _keep_flushing(self) -> None:
        """Flush what there is at every interval, and at least thrice within a lease, so that it is held."""
        loop = asyncio.get_running_loop()
        renew_at = loop.time() + self._lease.total_seconds() / 3
        while True:
            await asyncio.sleep(self._interval.total_seconds())
            if self._waiting or loop.time() >= renew_at:
                await self.record()
                renew_at = loop.time() + self._lease.total_seconds() / 3

    async def _flush_waiting(self) -> None:
        batch, began = dict(self._waiting), self._loop.time()
        await self._flush(
            [
                Move(block, bits, to, failure, origin, kind)
                for (block, origin, to, failure, kind), bits in batch.items()
            ]
        )
        # Taken out only now: a flush that was cut off is made again, which changes nothing that it did already.
        for key, bits in batch.items():
            rest = self._waiting[key] & ~bits
            if rest:
                self._waiting[key] = rest
            else:
                del self._waiting[key]
        self._waiting_since = began if self._waiting else None

    async def _flush(self, moves: Sequence[Move]) -> Sequence[int]:
        flushed = await self._pending.flush(self._scope, self._holder, self._lease, self._held, moves)
        self.ended = self.ended or flushed.ended
        self.lost = self.lost or flushed.lost > 0
        for move, moved in zip(moves, flushed.moved, strict=True):
            self.counts[move.to] += moved.bit_count()
            self.counts[move.origin] -= moved.bit_count()
        return flushed.moved
