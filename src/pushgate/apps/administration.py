"""Changes apps and their vendors while all processes run, for the calls of the API.

In: settings as a caller wrote them. Out: stored documents, which this process uses already.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from pushgate.adapters.api_sections import api_section_faults
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import Vendor
from pushgate.apps import app_changes
from pushgate.apps.app_changes import Change
from pushgate.apps.app_document import AppDocument, VendorDocument
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.live_apps import LiveApps
from pushgate.apps.opening import open_app
from pushgate.apps.sealed_sections import json_object, open_section, seal_section, vendor_context
from pushgate.apps.vendor_trial import Trial, try_section
from pushgate.domain.errors import (
    AppInFile,
    Conflict,
    FieldError,
    InvalidRequest,
    NotFound,
)
from pushgate.settings.apps import APP_NAME, AppSettings
from pushgate.settings.field_errors import field_errors

_OPERATOR = "operator"
_NO_SETTING = "is no setting of an app; a vendor has a call of its own, /v1/apps/{app}/vendors/{vendor}"


@dataclass(frozen=True, slots=True)
class NewSection:
    """A vendor's section that is to be stored, how it is checked, and until when the previous
    section is kept in reserve.
    """

    written: Mapping[str, object]
    check: bool = True
    previous_until: datetime | None = None


class AppAdministration:
    """All calls raise EngineUnavailable, AppInFile for an app of the configuration file, and
    Conflict for one that is being deleted.
    """

    def __init__(self, apps: LiveApps, *, allow_endpoints: bool) -> None:
        """With `allow_endpoints`, sections may name other addresses than the vendors' own."""
        self._apps = apps
        self._allow_endpoints = allow_endpoints

    async def find(self, name: str) -> AppDocument:
        """The document of an app that the API made. Raises NotFound."""
        document = await self._apps.documents.read(name)
        if document is None:
            raise NotFound(f"there is no app {name}")
        return document

    async def put(self, name: str, written: Mapping[str, object], change: Change) -> tuple[AppDocument, bool]:
        """Create the app, or replace its settings; returns whether it is new.

        Raises InvalidRequest, and Conflict where the number of shards differs from the registry's.
        """
        self._require_not_in_file(name)
        _require_name(name)
        was_new = False

        def change_settings(document: AppDocument | None) -> AppDocument:
            nonlocal was_new
            was_new = document is None
            return app_changes.with_settings(name, document, checked, change)

        checked = await self._check_settings(name, written)
        return await self._store(name, change_settings), was_new

    async def patch(self, name: str, written: Mapping[str, object], change: Change) -> AppDocument:
        """Change some settings of the app; null takes a setting away. Raises as `put`, and
        NotFound.
        """
        self._require_not_in_file(name)
        document = await self.find(name)
        app_changes.require_living(document)
        merged = merge(json_object(document.settings), written)
        checked = await self._check_settings(name, merged)

        def change_settings(known: AppDocument | None) -> AppDocument:
            _require_unchanged(document, known)
            return app_changes.with_settings(name, known, checked, change)

        return await self._store(name, change_settings)

    async def begin_deletion(self, name: str, change: Change) -> AppDocument:
        """Begin to delete the app: it sends nothing any more, and a scheduler erases its data.
        Raises NotFound.
        """
        self._require_not_in_file(name)
        return await self._store(name, lambda known: app_changes.deleting(_existing(name, known), change))

    async def put_vendor(
        self, name: str, vendor: str, section: NewSection, change: Change
    ) -> tuple[VendorDocument, Trial]:
        """Store a vendor's section of the app, over the one before.

        Raises NotFound for an unknown app or vendor, InvalidRequest where the section is bad or the
        vendor refuses it, Conflict where the vendor does not answer, NoMasterKey.
        """
        known = self._vendor(name, vendor)
        app_changes.require_living(await self.find(name))
        return await self._put_section(name, known, section, change, lambda _: None)

    async def patch_vendor(
        self, name: str, vendor: str, section: NewSection, change: Change
    ) -> tuple[VendorDocument, Trial]:
        """Change some settings of the section; null takes one away. Raises as `put_vendor`."""
        known = self._vendor(name, vendor)
        document = await self.find(name)
        app_changes.require_living(document)
        stored = document.vendors.get(vendor)
        if stored is None:
            raise NotFound(f"the app has no settings for {vendor}")
        sealer, context = self._apps.opening.sealer, vendor_context(name, vendor)
        merged = merge(open_section(stored.section, sealer, context), section.written)
        changed = NewSection(merged, section.check, section.previous_until)
        return await self._put_section(
            name, known, changed, change, lambda found: _require_unchanged(document, found)
        )

    async def delete_vendor(self, name: str, vendor: str, change: Change) -> AppDocument:
        """Take the vendor from the app. Raises NotFound."""
        self._vendor(name, vendor)
        return await self._store(
            name, lambda known: app_changes.without_vendor(_existing(name, known), vendor, change)
        )

    async def _put_section(
        self,
        name: str,
        vendor: Vendor,
        section: NewSection,
        change: Change,
        require: Callable[[AppDocument | None], None],
    ) -> tuple[VendorDocument, Trial]:
        written = {field: value for field, value in section.written.items() if value is not None}
        if faults := api_section_faults(vendor, written, allow_endpoints=self._allow_endpoints):
            raise InvalidRequest(faults)
        opening = self._apps.opening
        trial = await try_section(opening, name, vendor.name, written, check=section.check)
        context = vendor_context(name, vendor.name)
        sealed = seal_section(written, vendor.secrets, opening.sealer, context)

        def change_section(known: AppDocument | None) -> AppDocument:
            require(known)
            document = _existing(name, known)
            return app_changes.with_vendor(document, vendor.name, sealed, section.previous_until, change)

        document = await self._store(name, change_section)
        return document.vendors[vendor.name], trial

    async def _store(self, name: str, change: Callable[[AppDocument | None], AppDocument]) -> AppDocument:
        """Store the change, and apply it here: the caller's next request to this process sees
        it.
        """
        document = await self._apps.documents.change(name, change)
        assert document is not None
        await self._apps.refresh()
        return document

    def _vendor(self, name: str, vendor: str) -> Vendor:
        self._require_not_in_file(name)
        found = vendors().get(vendor)
        if found is None:
            raise NotFound(f"there is no vendor {vendor}; known are {', '.join(vendors())}")
        return found

    def _require_not_in_file(self, name: str) -> None:
        if self._apps.catalog.is_in_file(name):
            raise AppInFile(name)

    async def _check_settings(self, name: str, written: Mapping[str, object]) -> dict[str, object]:
        """The settings in their stored form. The registry is made where there is none.

        Raises InvalidRequest for bad settings, and Conflict where the registry has other shards.
        """
        prefix = f"apps.{name}."
        try:
            settings = AppSettings.model_validate(dict(written))
        except ValidationError as error:
            raise InvalidRequest(field_errors(error)) from error
        if settings.vendors:
            raise InvalidRequest([FieldError(one, _NO_SETTING) for one in settings.vendors])
        opening = self._apps.opening
        configured, faults = open_app(name, settings, opening.public_url, opening.context)
        if faults:
            raise InvalidRequest([FieldError(one.field.removeprefix(prefix), one.message) for one in faults])
        await self._require_shards(configured)
        return settings.model_dump(mode="json", exclude_unset=True)

    async def _require_shards(self, configured: ConfiguredApp) -> None:
        faults = await self._apps.catalog.register([configured])
        if fault := faults.get(configured.app.name):
            raise Conflict(f"shards {fault.message} shards")


def _require_name(name: str) -> None:
    if not re.fullmatch(APP_NAME, name):
        fault = "must be 1 to 32 lower-case letters, digits and hyphens, of which the first is no hyphen"
    elif name == _OPERATOR:
        fault = "cannot be operator: that is the scope of keys which belong to no app"
    else:
        return
    raise InvalidRequest([FieldError("app", fault)])


def merge(before: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """The settings with these changes; null takes a setting away."""
    merged = {**before, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def _existing(name: str, document: AppDocument | None) -> AppDocument:
    if document is None:
        raise NotFound(f"there is no app {name}")
    return document


def _require_unchanged(read: AppDocument, found: AppDocument | None) -> None:
    """Raise Conflict where the document was changed since it was read."""
    if found is None or found.revision != read.revision:
        raise Conflict(f"the app {read.app} was changed meanwhile; send the request again")
