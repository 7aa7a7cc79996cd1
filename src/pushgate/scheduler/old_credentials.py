"""Forgets credentials that were kept in reserve, once their time is over."""

from pushgate.apps.app_changes import has_old_reserve, without_old_reserves
from pushgate.apps.app_document import AppDocument
from pushgate.apps.live_apps import LiveApps
from pushgate.domain.clock import Clock


class OldCredentials:
    """Forgets former sections of vendors, with their secrets. Raises EngineUnavailable."""

    name = "old credentials"

    def __init__(self, apps: LiveApps, clock: Clock) -> None:
        self._apps = apps
        self._clock = clock

    async def run_once(self) -> None:
        """Forget the expired ones of all apps. Several schedulers may do so at once."""
        now = self._clock.now()

        def forget(document: AppDocument | None) -> AppDocument | None:
            return (
                without_old_reserves(document, now)
                if document and has_old_reserve(document, now)
                else document
            )

        for document in self._apps.documents_in_use:
            if has_old_reserve(document, now):
                await self._apps.documents.change(document.app, forget)
