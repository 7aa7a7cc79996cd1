"""Changes of people that a crash interrupted are brought to every shard."""

from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext

_log = logs.get("scheduler")


class PeopleRecovery:
    """Completes interrupted changes of the people of all apps."""

    def __init__(self, context: SchedulerContext) -> None:
        self._stores = context.stores

    async def run_once(self) -> int:
        """Complete the changes that are noted; returns how many there were.

        Raises EngineUnavailable; the rest is completed in the next run.
        """
        completed = 0
        for app in await self._stores.registered_apps.all_apps():
            completed += await self._stores.people.complete_changes(app)
        if completed:
            _log.warning("changes of people completed", action="people_completed", changes=completed)
        return completed
