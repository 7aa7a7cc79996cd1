"""Submits jobs whose next attempt is due, and jobs that waited for room in Gearman."""

from collections.abc import Sequence
from datetime import timedelta

from pushgate.dispatch.job import Job, UnreadableJob, decode
from pushgate.domain.errors import EngineUnavailable
from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext

_BATCH_SIZE = 500
_HIDDEN_FOR = timedelta(seconds=30)
"""If this scheduler dies, another one submits the jobs that it took after this time."""
_RESUBMIT_DELAY = timedelta(seconds=1)
"""The time after which jobs are due again that Gearman did not take, or whose app or vendor is
paused.
"""
_log = logs.get("scheduler")


class RetrySubmitter:
    """Submits retries that are due."""

    def __init__(self, context: SchedulerContext) -> None:
        self._context = context

    async def submit_due(self) -> int:
        """Submit jobs that waited for room, then due retries; returns how many.

        Raises EngineUnavailable.
        """
        total = await self._context.job_limiter.refill()
        retries = self._context.stores.retries
        while True:
            now = self._context.clock.now()
            hidden_until = now + _HIDDEN_FOR
            raw = await retries.take(now, hidden_until, _BATCH_SIZE)
            paused, taken, jobs = self._partition(raw)
            await retries.put_back(paused, hidden_until, now + _RESUBMIT_DELAY)
            try:
                await self._context.job_limiter.submit(jobs)
            except EngineUnavailable:
                await retries.put_back(taken, hidden_until, now + _RESUBMIT_DELAY)
                raise
            total += len(jobs)
            await retries.remove(taken, hidden_until)
            if len(raw) < _BATCH_SIZE:
                return total

    def _partition(self, raw: Sequence[bytes]) -> tuple[list[bytes], list[bytes], list[Job]]:
        """The jobs whose app or vendor is paused, all others, and those of them to submit."""
        paused: list[bytes] = []
        others: list[bytes] = []
        jobs: list[Job] = []
        for one in raw:
            job = _readable(one)
            if job and self._context.stores.pauses.find(job.app, job.vendor):
                paused.append(one)
                continue
            others.append(one)
            if job:
                jobs.append(job)
        return paused, others, jobs


def _readable(raw: bytes) -> Job | None:
    """The job, None for bytes that are not a job: these must not stop the others."""
    try:
        return decode(raw)
    except UnreadableJob as error:
        _log.error("retry dropped", action="job_unreadable", error=str(error))
        return None
