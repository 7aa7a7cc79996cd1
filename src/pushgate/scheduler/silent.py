"""The apps whose silent terminals are being removed; removals begin by themselves where an app's
settings say so.
"""

from collections.abc import Sequence
from datetime import date

from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import App
from pushgate.hygiene.removals import Removal, RemovalState
from pushgate.hygiene.silent_removal import SilentRemovals
from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext

_log = logs.get("scheduler")


class AppsToRemoveFrom:
    """Finds these apps. Raises EngineUnavailable."""

    def __init__(self, context: SchedulerContext, removals: SilentRemovals) -> None:
        self._context = context
        self._removals = removals
        self._checked: dict[str, date] = {}
        """For each app with the setting, the day of the last count of its silent terminals."""

    async def find(self) -> Sequence[App]:
        """The apps with a removal that is running."""
        found = await self._removals.removals.all()
        for name, configured in self._context.catalog.apps.items():
            stored = found.get(name)
            if configured.silent_after and not (stored and self._is_of_today(stored.removal)):
                await self._begin(name, configured)
        running = await self._removals.removals.all() if self._checked else found
        names = [name for name, stored in running.items() if stored.removal.state is RemovalState.RUNNING]
        if not names:
            return []
        return [app for app in await self._context.stores.registered_apps.all_apps() if app.name in names]

    def _is_of_today(self, removal: Removal) -> bool:
        is_running = removal.state is RemovalState.RUNNING
        return is_running or removal.requested_at.date() == self._context.clock.now().date()

    async def _begin(self, name: str, configured: ConfiguredApp) -> None:
        """Begin a removal if the app has silent terminals; once a day."""
        today = self._context.clock.now().date()
        if self._checked.get(name) == today:
            return
        assert configured.silent_after is not None
        before = today - configured.silent_after
        count = await self._removals.silent.count(configured.app, before)
        self._checked[name] = today
        if not count.silent:
            return
        removal = await self._removals.begin(configured.app, before, count, automatic=True, trusted=False)
        if removal.state is RemovalState.RUNNING:
            await self._context.stores.removal_claims.hasten(configured.app, self._context.clock.now())
        elif removal.state is RemovalState.HELD:
            _log.error(
                "so many terminals are silent that they are kept: see whether signs of life reach Pushgate",
                action="silent_removal_held",
                app=name,
                silent=count.silent,
                terminals=count.terminals,
            )
