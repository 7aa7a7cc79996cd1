"""Submits as many jobs to Gearman as its queue has room for, while the rest wait in Redis."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pushgate.dispatch.backlog import Backlog, BacklogPosition
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import Job, UnreadableJob, decode, encode, function_of, parse_function
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Priority
from pushgate.runtime import logs

_RANKS = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}
_BATCH_SIZE = 500
_log = logs.get("scheduler")


class JobQueueLimiter:
    """Submits jobs, so that about `max_queued` of an app and vendor are in Gearman; each scheduler
    counts for itself.

    The limit is by function, so that one app's broadcast takes no room from another app's messages.
    """

    def __init__(self, submitter: Submitter, admin: GearmanAdmin, backlog: Backlog, max_queued: int) -> None:
        self._submitter = submitter
        self._admin = admin
        self._backlog = backlog
        self._max_queued = max_queued
        self._queued: Counter[str] = Counter()
        self._with_backlog: frozenset[str] = frozenset()
        self._busy_apps: frozenset[str] | None = None

    def is_quiet(self, app: str) -> bool:
        """Whether no job of the app waited in any Gearman server or in Redis at the last `refill`.
        Jobs of a server that has not answered for some time do not count.

        This is known for each app, because jobs that no worker takes must not delay the recovery of
        other apps.
        """
        return self._busy_apps is not None and app not in self._busy_apps

    def count_losses(self) -> int:
        """How often a Gearman server was lost. When the number rises, jobs in it may be lost."""
        return self._submitter.count_losses()

    def has_backlog(self, job: Job) -> bool:
        """Whether jobs of the same function wait in Redis. If so, a job that nobody has taken is
        not lost.
        """
        return function_of(job) in self._with_backlog

    async def submit(self, jobs: Sequence[Job]) -> None:
        """Submit the jobs for which there is room; the rest wait in Redis.

        Raises EngineUnavailable: then some jobs were not submitted.
        """
        now: list[Job] = []
        later: dict[str, dict[bytes, BacklogPosition]] = {}
        for job in jobs:
            function = function_of(job)
            if self._has_room(function, job):
                self._queued[function] += 1
                now.append(job)
            else:
                later.setdefault(function, {})[encode(job)] = _position(job)
        for function, waiting in later.items():
            await self._backlog.put(function, waiting)
        self._with_backlog |= later.keys()
        await self._submitter.submit(now)

    async def drop_expired(self, now: datetime) -> None:
        """Drop waiting jobs of expired messages.

        Nobody else does so if no worker takes a function's jobs.
        """
        dropped = await self._backlog.drop_expired(to_ms(now))
        if dropped:
            _log.info("expired jobs dropped", action="jobs_expired", jobs=dropped)

    async def refill(self) -> int:
        """Submit waiting jobs where Gearman's queues have room; returns how many.

        Call it regularly. Raises EngineUnavailable.
        """
        self._busy_apps = None
        waiting = await self._backlog.sizes()
        servers = await self._admin.survey()
        if not servers.up:
            raise EngineUnavailable(f"no Gearman server answers: {', '.join(servers.down)}")
        queued: Counter[str] = Counter()
        for state in servers.functions:
            queued[state.name] += state.queued
        self._queued, self._with_backlog = queued, frozenset(waiting)
        in_gearman = servers.waiting_functions()
        if in_gearman is not None:
            self._busy_apps = apps_of({*waiting, *in_gearman})
        total = 0
        for function, size in waiting.items():
            total += await self._submit_waiting(function, min(size, self._max_queued - queued[function]))
        return total

    async def _submit_waiting(self, function: str, room: int) -> int:
        """Submit at most `room` waiting jobs of a function; returns how many."""
        total = 0
        while room > total and (raw := await self._backlog.take(function, min(room - total, _BATCH_SIZE))):
            jobs = list(_readable(raw))
            try:
                await self._submitter.submit(jobs)
            except EngineUnavailable:
                # Should this fail, too, recovery finds their blocks once no job of the function
                # waits any more.
                await self._backlog.put(function, {encode(job): _position(job) for job in jobs})
                raise
            self._queued[function] += len(raw)
            total += len(raw)
        return total

    def _has_room(self, function: str, job: Job) -> bool:
        # Jobs of high priority do not wait behind a backlog, but have a limit all the same.
        high = job.priority is Priority.HIGH
        limit = self._max_queued * (2 if high else 1)
        return self._queued[function] < limit and (high or function not in self._with_backlog)


def apps_of(functions: Iterable[str]) -> frozenset[str]:
    """The apps whose jobs these functions are."""
    return frozenset(pair[0] for pair in map(parse_function, functions) if pair)


def _position(job: Job) -> BacklogPosition:
    return BacklogPosition(_RANKS[job.priority], job.expires_at_ms)


def _readable(raw: Sequence[bytes]) -> Iterator[Job]:
    """The jobs. Bytes that are not a job are dropped, so that they do not stop the others."""
    for item in raw:
        try:
            yield decode(item)
        except UnreadableJob as error:
            _log.error("job dropped", action="job_unreadable", error=str(error))
