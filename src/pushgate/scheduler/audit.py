"""Keeps the audit log within its retention and its maximum size."""

from collections import Counter
from datetime import timedelta

from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext
from pushgate.settings.audit import AuditSettings

INTERVAL = timedelta(minutes=1)
_log = logs.get("scheduler")


class AuditRounds:
    """Trims the audit logs of all apps. Raises EngineUnavailable.

    Schedulers may trim at the same time: that removes nothing more.
    """

    def __init__(self, context: SchedulerContext, settings: AuditSettings) -> None:
        self._context = context
        self._settings = settings
        self._told: Counter[str] = Counter()

    async def run_once(self) -> None:
        """Remove entries that are too old or too many."""
        stores = self._context.stores
        streams = await stores.audit_reader.streams(await stores.registered_apps.all_apps(), operators=True)
        now, settings = self._context.clock.now(), self._settings
        removed = await stores.audit_trimming.trim(streams, now, settings.retention, settings.max_entries)
        for app, rows in removed.items():
            self._context.metrics.audit_trimmed_early(app, rows)
            if not self._told[app]:
                _log.warning(
                    "the audit log of an app exceeds audit.max_entries: its oldest entries are removed",
                    action="audit_trimmed_early",
                    app=app,
                    rows=rows,
                )
            self._told[app] += rows
