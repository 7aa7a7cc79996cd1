"""Reads the pauses, and lets resumed apps and vendors go on at once."""

from pushgate.bundles.values import Home
from pushgate.scheduler.context import SchedulerContext


class PauseRounds:
    """Reads the pauses again and again. Raises EngineUnavailable."""

    def __init__(self, context: SchedulerContext) -> None:
        self._context = context

    async def run_once(self) -> int:
        """Read the pauses, and have the bundles of resumed apps and vendors checked now; returns
        how many apps and vendors were resumed.

        Waiting messages and jobs need no wake-up, because other rounds look for them all the time.
        """
        stores = self._context.stores
        resumed = await stores.pauses.refresh()
        for name in sorted({app for app, _ in resumed}):
            app = await stores.registered_apps.find_app(name)
            if app is None:
                continue
            for shard in range(app.shards):
                await stores.bundles.look_at_all(Home(app, shard), self._context.clock.now())
        return len(resumed)
