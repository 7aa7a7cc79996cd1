"""Records the outcomes of one job every few milliseconds. Recording also renews the job's lease."""

import asyncio
from abc import ABC, abstractmethod
from datetime import timedelta
from types import TracebackType
from typing import Self

from pushgate.domain.errors import EngineUnavailable
from pushgate.runtime import logs, tasks

_MAX_UNRECORDED_SECONDS = 2.0
"""If this process dies, pushes without a recorded outcome are sent again. So sending stops after
this many seconds without a record.
"""
_FIRST_PAUSE, _MAX_PAUSE = 0.1, 2.0
"""Seconds between two attempts to record."""
_log = logs.get("worker")


class FlushLoop(ABC):
    """Records the outcomes of one job. An async context manager: leaving it records everything.

    While Redis is unreachable the outcomes stay here (those of one job at most) and are recorded
    once it is back. Subclasses collect the outcomes.
    """

    def __init__(self, lease: timedelta, flush_interval: timedelta) -> None:
        """`lease` is how long the job's lease lasts without renewal."""
        self._lease_seconds = lease.total_seconds()
        self._flush_seconds = flush_interval.total_seconds()
        self._max_unrecorded_seconds = min(_MAX_UNRECORDED_SECONDS, self._lease_seconds / 3)
        self._unrecorded_since: float | None = None
        self._lock = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._flusher: asyncio.Task[None] | None = None
        self.lease_lost = False
        """Whether another worker has taken over."""
        self.overdue = False
        """Whether sending stopped because outcomes could not be recorded for too long."""

    async def __aenter__(self) -> Self:
        # Most jobs of few pushes end before the first flush, and need no task.
        self._timer = self._loop.call_later(self._flush_seconds, self._start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer:
            self._timer.cancel()
        if self._flusher:
            # A record that is cut off may still be carried out; the repeated one would then count
            # nothing.
            async with self._lock:
                self._flusher.cancel()
            await tasks.cancel_and_wait(self._flusher)
        await self._finish()

    @property
    def must_stop(self) -> bool:
        """Whether sending must stop: lease lost, or outcomes cannot be recorded."""
        since = self._unrecorded_since
        if since is not None and self._loop.time() - since > self._max_unrecorded_seconds:
            self.overdue = True
        failed = self._flusher is not None and self._flusher.done()
        return self.lease_lost or self.overdue or failed

    async def flush(self) -> None:
        """Record everything, waiting for Redis as long as it takes."""
        pause = _FIRST_PAUSE
        while True:
            try:
                async with self._lock:
                    await self._record_unrecorded()
            except EngineUnavailable as error:
                _log.warning("outcomes wait for Redis", action="flush_waits", error=str(error), outage=True)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _MAX_PAUSE)
            else:
                return

    async def _finish(self) -> None:
        """Record the rest: nothing is added any more."""
        await self.flush()

    @abstractmethod
    async def _record_unrecorded(self) -> None:
        """Record the collected outcomes, and renew the lease. Raises EngineUnavailable: nothing is
        lost.
        """

    def _note(self) -> None:
        """Note that an outcome was added."""
        if self._unrecorded_since is None:
            self._unrecorded_since = self._loop.time()

    def _start(self) -> None:
        self._flusher = asyncio.create_task(self._keep_flushing())

    async def _keep_flushing(self) -> None:
        """Flush at every interval if there are outcomes, and at least three times within a lease to
        renew it.
        """
        renewal_interval = self._lease_seconds / 3
        renew_at = self._loop.time() + renewal_interval - self._flush_seconds
        while True:
            if self._unrecorded_since is not None or self._loop.time() >= renew_at:
                await self.flush()
                renew_at = self._loop.time() + renewal_interval
            await asyncio.sleep(self._flush_seconds)
