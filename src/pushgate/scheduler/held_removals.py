"""Held removals that somebody confirmed, carried out in the background."""

from datetime import timedelta

from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext

_AT_A_TIME = timedelta(seconds=1)
_log = logs.get("scheduler")


class HeldRemovalRounds:
    """Continues confirmed removals that a request has begun. Raises EngineUnavailable."""

    def __init__(self, context: SchedulerContext) -> None:
        self._context = context

    async def run_once(self) -> int:
        """Work on each confirmed removal for a second; returns how many there were."""
        stores = self._context.stores
        unfinished = await stores.confirmed_removals.unfinished()
        for name, vendor in unfinished:
            app = await stores.registered_apps.find_app(name)
            done = await stores.confirmed_removals.work(app, vendor, _AT_A_TIME) if app else None
            if done and done.ended_at:
                _log.info(
                    "held removals carried out",
                    action="held_removed",
                    app=name,
                    vendor=vendor,
                    removed=done.removed,
                    kept=done.kept,
                )
        return len(unfinished)
