"""Finds the apps whose silent terminals are being removed. Removals begin by themselves if an app's
settings say so.
"""

from collections.abc import Sequence
from datetime import date

from pushgate.apps.catalog import ConfiguredApp
from pushgate.audit.entry import AuditEntry, Author, Detail
from pushgate.domain.app import App
from pushgate.hygiene.removals import RemovalState, StoredRemoval
from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext

_log = logs.get("scheduler")


class AppsToRemoveFrom:
    """Finds the apps with a removal that is running. Raises EngineUnavailable."""

    def __init__(self, context: SchedulerContext) -> None:
        self._context = context
        self._removals = context.stores.silent_removals
        self._checked: dict[str, date] = {}
        """For each app with the setting, the day of the last count of its silent terminals."""

    async def find(self) -> Sequence[App]:
        """Begin due removals, and return the apps with a running removal."""
        found = await self._removals.removals.all()
        apps = self._context.catalog.apps.items()
        due = [configured for name, configured in apps if self._is_due(configured, found.get(name))]
        for configured in due:
            await self._begin(configured)
        if due:
            found = await self._removals.removals.all()
        names = [name for name, stored in found.items() if stored.removal.state is RemovalState.RUNNING]
        if not names:
            return []
        return [app for app in await self._context.stores.registered_apps.all_apps() if app.name in names]

    def _is_due(self, configured: ConfiguredApp, stored: StoredRemoval | None) -> bool:
        """Whether a removal begins by itself: at most once a day, and not while another one
        runs.
        """
        today = self._context.clock.now().date()
        if configured.silent_after is None or self._checked.get(configured.app.name) == today:
            return False
        if stored is None:
            return True
        is_running = stored.removal.state is RemovalState.RUNNING
        return not is_running and stored.removal.requested_at.date() != today

    async def _begin(self, configured: ConfiguredApp) -> None:
        """Begin a removal if the app has silent terminals."""
        today = self._context.clock.now().date()
        assert configured.silent_after is not None
        before = today - configured.silent_after
        count = await self._removals.silent.count(configured.app, before)
        self._checked[configured.app.name] = today
        if not count.silent:
            return
        removal = await self._removals.begin(configured.app, before, count, automatic=True)
        if removal.state is RemovalState.RUNNING:
            details: dict[str, Detail] = {"before": before.isoformat(), "silent": count.silent}
            entry = AuditEntry("terminals.silent_removal_begun", Author.command("scheduler"), (), details)
            await self._context.stores.audit.record(configured.app.name, entry)
            await self._context.stores.removal_claims.hasten(configured.app, self._context.clock.now())
        elif removal.state is RemovalState.HELD:
            _log.error(
                "so many terminals are silent that they are kept: see whether signs of life reach Pushgate",
                action="silent_removal_held",
                app=configured.app.name,
                silent=count.silent,
                terminals=count.terminals,
            )
