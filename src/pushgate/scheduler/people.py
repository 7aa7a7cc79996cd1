"""Completes changes and erasures of people that a crash interrupted."""

from pushgate.people.erasure import PersonErasure
from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext

_log = logs.get("scheduler")


class PeopleRecovery:
    """Completes interrupted changes and erasures of the people of all apps."""

    def __init__(self, context: SchedulerContext, erasure: PersonErasure) -> None:
        self._stores = context.stores
        self._erasure = erasure

    async def run_once(self) -> int:
        """Complete the changes and erasures that are noted; returns how many changes there were.

        Raises EngineUnavailable; the rest is completed in the next run.
        """
        completed = 0
        apps = await self._stores.registered_apps.all_apps()
        for app in apps:
            completed += await self._stores.people.complete_changes(app)
        if completed:
            _log.warning("changes of people completed", action="people_completed", changes=completed)
        if erased := await self._erasure.complete_interrupted(apps):
            _log.warning("erasures of people completed", action="erasures_completed", erasures=erased)
        return completed
