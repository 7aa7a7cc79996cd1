"""Pauses, as a scheduler follows them: what was resumed goes on at once."""

from pushgate.bundles.values import Home
from pushgate.scheduler.context import SchedulerContext


class PauseRounds:
    """Follows the pauses. Raises EngineUnavailable."""

    def __init__(self, context: SchedulerContext) -> None:
        self._context = context

    async def run_once(self) -> int:
        """Know the pauses as they are now, and look at the bundles of what was resumed; returns for
        how many apps and vendors.

        Messages and jobs that wait are asked for so often that nobody has to wake them.
        """
        stores = self._context.stores
        resumed = await stores.pauses.refresh()
        for name in sorted({app for app, _ in resumed}):
            app = await stores.registered_apps.find_app(name)
            for shard in range(app.shards if app else 0):
                assert app
                await stores.bundles.look_at_all(Home(app, shard), self._context.clock.now())
        return len(resumed)
