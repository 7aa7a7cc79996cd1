"""Maintains the streams of events: every minute, and at once after a server of the store was
restarted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.eventlog.tending import Limits, ServerRuns, StreamTending
from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext

_PAUSE = timedelta(minutes=1)
_log = logs.get("scheduler")


@dataclass(frozen=True, slots=True)
class EventLimits:
    """How long events are kept, and how many bytes of them for each app."""

    retention: timedelta
    max_bytes: int


class EventStreams:
    """Maintains the streams of all apps. Raises EngineUnavailable."""

    name = "event streams"

    def __init__(self, context: SchedulerContext, tending: StreamTending, limits: EventLimits) -> None:
        self._context = context
        self._tending = tending
        self._limits = limits
        self._server_runs: ServerRuns = {}
        self._due_at: datetime | None = None

    async def run_once(self) -> None:
        """Maintain all streams if that is due, or if a server was restarted."""
        now, runs = self._context.clock.now(), await self._tending.server_runs()
        is_other = self._server_runs not in ({}, runs)
        if self._due_at and now < self._due_at <= now + _PAUSE and runs == self._server_runs:
            return
        limits = Limits(now - self._limits.retention, self._limits.max_bytes)
        for app in await self._context.stores.registered_apps.all_apps():
            await self._tending.tend(app, runs, now, limits)
        if is_other:
            _log.warning("the store was restarted: readers of events are told", action="events_restarted")
        self._server_runs, self._due_at = runs, now + _PAUSE
