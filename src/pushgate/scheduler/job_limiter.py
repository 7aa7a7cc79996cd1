"""The way of jobs to Gearman: as many as its queue has room for, while the rest wait in Redis."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from pushgate.dispatch.backlog import Backlog, BacklogPosition
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import Job, UnreadableJob, decode, encode, function_name
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Priority
from pushgate.runtime import logs

_ORDER = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}
_AT_ONCE = 500
_log = logs.get("pushtime")


class JobQueueLimiter:
    """Submits jobs, at most about `most` of an app and vendor at a time; each scheduler counts for itself.

    The bound is by function, so that one app's broadcast takes no room from another's messages.
    """

    def __init__(self, submitter: Submitter, admin: GearmanAdmin, backlog: Backlog, most: int) -> None:
        self._submitter = submitter
        self._admin = admin
        self._backlog = backlog
        self._most = most
        self._queued: Counter[str] = Counter()
        self._waiting: frozenset[str] = frozenset()

    def waits(self, job: Job) -> bool:
        """Whether jobs of its function wait here: then one that nobody has taken is not lost."""
        return _name(job) in self._waiting

    async def submit(self, jobs: Sequence[Job]) -> None:
        """Submit what there is room for and keep the rest. Raises EngineUnavailable: then some were not submitted."""
        now: list[Job] = []
        later: dict[str, dict[bytes, BacklogPosition]] = {}
        for job in jobs:
            name = _name(job)
            if self._room(name, job):
                self._queued[name] += 1
                now.append(job)
            else:
                later.setdefault(name, {})[encode(job)] = _place(job)
        for name, some in later.items():
            await self._backlog.put(name, some)
        self._waiting |= later.keys()
        await self._submitter.submit(now)

    async def drop_expired(self, now: datetime) -> None:
        """Drop jobs of messages whose time to live is over: where no worker takes a function's jobs, nobody else does."""
        dropped = await self._backlog.drop_expired(to_ms(now))
        if dropped:
            _log.info("expired jobs dropped", action="jobs_expired", jobs=dropped)

    async def refill(self) -> int:
        """See how much room there is, and submit from the backlog; returns how many. To be called again and again."""
        sizes = await self._backlog.sizes()
        queued: Counter[str] = Counter()
        for state in await self._admin.reachable_functions():
            queued[state.name] += state.queued
        self._queued, self._waiting = queued, frozenset(sizes)
        total = 0
        for name, size in sizes.items():
            room = min(size, self._most - self._queued[name])
            while room > 0 and (raw := await self._backlog.take(name, min(room, _AT_ONCE))):
                jobs = list(_readable(raw))
                try:
                    await self._submitter.submit(jobs)
                except EngineUnavailable:
                    # Should this fail, too, the sweep finds them by their pending bits once nothing waits here any more.
                    await self._backlog.put(name, {encode(job): _place(job) for job in jobs})
                    raise
                self._queued[name] += len(raw)
                room -= len(raw)
                total += len(raw)
        return total

    def _room(self, name: str, job: Job) -> bool:
        # Jobs of high priority do not wait behind a backlog, but are bound all the same.
        high = job.priority is Priority.HIGH
        return self._queued[name] < self._most * (2 if high else 1) and (high or name not in self._waiting)


def _name(job: Job) -> str:
    return function_name(job.app, job.group.vendor, urgent=job.urgent)


def _place(job: Job) -> BacklogPosition:
    return BacklogPosition(_ORDER[job.priority], job.expires_at_ms)


def _readable(raw: Sequence[bytes]) -> Iterator[Job]:
    """The jobs, without what is none: it must not stop the others."""
    for item in raw:
        try:
            yield decode(item)
        except UnreadableJob as error:
            _log.error("job dropped", action="job_unreadable", error=str(error))
