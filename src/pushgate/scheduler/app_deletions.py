"""Completes the deletion of apps in the background: revokes their keys, cancels their scheduled
messages, and erases their data at a bounded pace. Then their names are free.
"""

import time
from datetime import timedelta

from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.app_document import AppDocument
from pushgate.apps.app_erasure import AppErasure
from pushgate.apps.live_apps import LiveApps
from pushgate.people.journal import ErasureJournal
from pushgate.runtime import logs

BUDGET = timedelta(milliseconds=200)
"""How much of each second erasing may take."""
_log = logs.get("scheduler")


class AppDeletions:
    """Carries out the deletions of apps. Raises EngineUnavailable."""

    name = "deleted apps"

    def __init__(
        self,
        *,
        apps: LiveApps,
        keys: ApiKeys,
        erasure: AppErasure,
        journal: ErasureJournal,
        budget: timedelta = BUDGET,
    ) -> None:
        self._apps = apps
        self._keys = keys
        self._erasure = erasure
        self._journal = journal
        self._budget = budget

    async def run_once(self) -> None:
        """Work for one tick, on one app after the other."""
        ends_at = time.monotonic() + self._budget.total_seconds()
        for document in list(self._apps.deleting.values()):
            await self._work(document, ends_at)

    async def _work(self, document: AppDocument, ends_at: float) -> None:
        app, since = document.app, document.deleting_since
        progress = await self._erasure.claim(app)
        if progress is None or since is None:
            return
        await self._keys.revoke_all(app)
        for erasure in await self._journal.all():
            if erasure.app == app:
                await self._journal.end(erasure)
        while not await self._erasure.step(app, since, progress):
            if time.monotonic() >= ends_at:
                return
        await self._end(app)
        _log.info("app erased", action="app_erased", app=app, erased=progress.erased)

    async def _end(self, app: str) -> None:
        """Free the app's name."""

        def remove(known: AppDocument | None) -> AppDocument | None:
            return None if known and known.deleting_since else known

        await self._erasure.forget(app)
        await self._apps.documents.change(app, remove)
