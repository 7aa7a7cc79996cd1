"""Keeps the catalog of a process current: the apps of its configuration file, and those that the
API made, whose changes each process follows.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec

from pushgate.apps.app_document import AppDocument
from pushgate.apps.app_documents import AppDocuments, changed_app
from pushgate.apps.catalog import AppCatalog, ConfiguredApp
from pushgate.apps.document_opening import DocumentOpening, OpenedDocument
from pushgate.domain.clock import Clock
from pushgate.domain.errors import EngineUnavailable
from pushgate.fleet.heartbeats import UnreadableSection
from pushgate.redis.client import within
from pushgate.runtime import logs
from pushgate.runtime.coalescer import Coalescer

POLL_EVERY = timedelta(milliseconds=500)
_LOOKUP_PAUSE = timedelta(milliseconds=20)
"""The shortest time between two questions to Redis, whoever asks."""
_ENGINE_TIMEOUT = timedelta(seconds=5)
_log = logs.get("apps")


async def _pause() -> None:
    """Wait between two questions to Redis, so that callers who refresh cannot make more."""
    await asyncio.sleep(_LOOKUP_PAUSE.total_seconds())


class LiveApps:
    """The apps of one process. An app of the file hides one of its name that the API made."""

    def __init__(
        self, *, documents: AppDocuments, catalog: AppCatalog, opening: DocumentOpening, clock: Clock
    ) -> None:
        """`catalog` has the apps of the file."""
        self.documents = documents
        self.catalog = catalog
        self.opening = opening
        self._clock = clock
        self._file: Mapping[str, ConfiguredApp] = dict(catalog.apps)
        self._opened: dict[str, OpenedDocument] = {}
        self._deleting: dict[str, AppDocument] = {}
        self._last_change: bytes | None = None
        self._is_loaded = False
        self._listeners: list[Callable[[], None]] = []
        self._lookups: Coalescer[str, None] = Coalescer(self._look_up, 1, _pause)

    @property
    def last_change(self) -> bytes | None:
        """The last change that the catalog has, as the log of the documents has it."""
        return self._last_change

    @property
    def filed(self) -> Mapping[str, ConfiguredApp]:
        """The apps of the configuration file, by name."""
        return self._file

    @property
    def documents_in_use(self) -> list[AppDocument]:
        """The documents of the apps that this process has opened."""
        return [opened.document for opened in self._opened.values()]

    @property
    def unreadable(self) -> list[UnreadableSection]:
        """The stored sections that the master keys of this process do not open, sorted."""
        return sorted(
            UnreadableSection(name, vendor, key)
            for name, opened in self._opened.items()
            if name not in self._file
            for vendor, key in opened.configured.unreadable.items()
        )

    def on_followed(self, listener: Callable[[], None]) -> None:
        """Call this whenever changes were taken in."""
        self._listeners.append(listener)

    @property
    def deleting(self) -> Mapping[str, AppDocument]:
        """The apps whose data are being erased, by name."""
        return self._deleting

    async def run(self) -> None:
        """Follow the changes until cancelled."""
        while True:
            # Redis keeps no messages for processes that are not listening, so each process has to
            # poll.
            await asyncio.sleep(POLL_EVERY.total_seconds())
            self.catalog.try_refused(self._clock.now())
            try:
                await self.refresh()
            except EngineUnavailable as error:
                _log.debug("apps are not followed", action="apps_not_followed", error=str(error))
            except Exception:  # noqa: BLE001  # one change that cannot be applied must not stop the next
                _log.exception("changes of apps were not applied", action="apps_not_applied")

    async def refresh(self) -> None:
        """Apply all changes that were made before this call. Raises EngineUnavailable."""
        await self._lookups.get("")

    async def reload(self, apps: Mapping[str, ConfiguredApp]) -> None:
        """Replace the apps of the file by these.

        Raises ConfigurationError where one has another number of shards than its registry,
        EngineUnavailable. Nothing has changed then.
        """
        await self.catalog.create_registries(apps.values())
        names = {*self._file, *apps}
        self._file = dict(apps)
        self.catalog.change({name: self._current(name) for name in names})
        self._notify()

    async def reopen(self) -> None:
        """Open sections again that could not be opened, because this process has new master
        keys.
        """
        self._is_loaded = False
        for name, opened in list(self._opened.items()):
            if set(opened.configured.vendors) != set(opened.document.vendors):
                unknown = msgspec.structs.replace(opened.document, revision=0)
                self._opened[name] = replace(opened, document=unknown)
        await self.refresh()

    def _notify(self) -> None:
        for listener in self._listeners:
            listener()

    async def close(self) -> None:
        """Stop what asks Redis."""
        await self._lookups.close()

    async def _look_up(self, _: Sequence[str]) -> list[None]:
        async with within(_ENGINE_TIMEOUT):
            last = await self.documents.last_change()
            if not self._is_loaded or last != self._last_change:
                await self._apply(last)
        return [None]

    async def _apply(self, last: bytes | None) -> None:
        known = self._last_change if self._is_loaded else None
        logged = await self.documents.changes_after(known) if known else None
        if logged:
            names = list(dict.fromkeys(map(changed_app, logged)))
            documents = await self.documents.read_some(names)
            last = logged[-1]
        else:  # at the start, where changes were missed, and after a loss of data
            found = await self.documents.read_all()
            documents = {**dict.fromkeys([*self._opened, *self._deleting]), **found}
        await self._put(documents)
        self._last_change, self._is_loaded = last, True
        self._notify()

    async def _put(self, documents: Mapping[str, AppDocument | None]) -> None:
        """Take these documents in: all of them, or none where Redis is out of reach meanwhile."""
        found = await self._open(documents)
        changed = False
        for name, document in documents.items():
            before, opened = self._opened.pop(name, None), found.get(name)
            self._deleting.pop(name, None)
            if document and document.deleting_since:
                self._deleting[name] = document
            if opened:
                self._opened[name] = opened
            changed = changed or opened is not before
        if changed:
            self.catalog.change({name: self._current(name) for name in documents})

    async def _open(self, documents: Mapping[str, AppDocument | None]) -> Mapping[str, OpenedDocument]:
        """The apps of these documents, without those that are being deleted or cannot be used."""
        known = self._opened
        found = {
            name: opened
            for name, document in documents.items()
            if document and (opened := self._open_document(document, known.get(name)))
        }
        new = [opened.configured for name, opened in found.items() if opened is not known.get(name)]
        for app, fault in (await self.catalog.register(new)).items():
            faults = f"{fault.field}: {fault.message}"
            _log.error("an app cannot be used", action="app_unusable", app=app, faults=faults)
            del found[app]
        return found

    def _open_document(self, document: AppDocument, before: OpenedDocument | None) -> OpenedDocument | None:
        if document.deleting_since:
            return None
        if before and before.document == document:
            return before
        return self.opening.open(document, before)

    def _current(self, name: str) -> ConfiguredApp | None:
        opened = self._opened.get(name)
        return self._file.get(name) or (opened.configured if opened else None)
