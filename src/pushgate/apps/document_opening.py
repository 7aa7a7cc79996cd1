"""Opens documents of apps as configured apps. Parts that cannot be opened are left out, and
logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from pushgate.apps.app_document import AppDocument, Section, VendorDocument
from pushgate.apps.catalog import AppSource, ConfiguredApp, ConfiguredVendor, OtherVendor
from pushgate.apps.opening import OpeningContext, VendorSection, open_app, open_vendor
from pushgate.apps.sealed_sections import json_object, open_section, vendor_context
from pushgate.domain.errors import FieldError, SealedElsewhere
from pushgate.runtime import logs
from pushgate.sealing.sealer import Sealer, key_name
from pushgate.settings.apps import AppSettings
from pushgate.settings.field_errors import field_errors

_log = logs.get("apps")


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A document, and the app that was opened from it."""

    document: AppDocument
    configured: ConfiguredApp


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentOpening:
    """Opens apps of one process. Vendors that take the address of receipts in a push are given it
    below `public_url`.
    """

    context: OpeningContext
    sealer: Sealer
    public_url: str | None

    def open(self, document: AppDocument, before: OpenedDocument | None) -> OpenedDocument | None:
        """The app, with those of its vendors that can be opened; None where its own settings are
        bad.

        A vendor whose section is that of `before` keeps its adapter and its connections.
        """
        configured = self._open_app(document)
        if configured is None:
            return None
        vendors: dict[str, ConfiguredVendor] = {}
        for name, stored in document.vendors.items():
            known = before.configured.vendors.get(name) if before else None
            if before and known and (kept := _kept(known, before.document.vendors.get(name), stored)):
                vendors[name] = kept
            elif opened := self._open_vendor(document.app, name, stored):
                vendors[name] = opened
        unreadable = {
            name: key_name(stored.section.sealed)
            for name, stored in document.vendors.items()
            if name not in vendors and not self._is_readable(document.app, name, stored.section)
        }
        return OpenedDocument(document, replace(configured, vendors=vendors, unreadable=unreadable))

    def _open_app(self, document: AppDocument) -> ConfiguredApp | None:
        try:
            settings = AppSettings.model_validate(json_object(document.settings))
        except ValidationError as error:
            _report(document.app, "", field_errors(error))
            return None
        configured, faults = open_app(document.app, settings, self.public_url, self.context)
        if faults:
            _report(document.app, "", faults)
            return None
        return replace(configured, source=AppSource.API)

    def _open_vendor(self, app: str, vendor: str, stored: VendorDocument) -> ConfiguredVendor | None:
        configured = self._open_section(app, vendor, stored.section)
        if configured is None or stored.previous is None or stored.previous_until is None:
            return configured
        if stored.previous_until <= self.context.clock.now():
            return configured
        previous = self._open_section(app, vendor, stored.previous)
        if previous is None:
            return configured
        return replace(configured, previous=OtherVendor(previous, stored.previous_until))

    def _is_readable(self, app: str, vendor: str, section: Section) -> bool:
        """Whether the section opens with the master keys of this process."""
        try:
            open_section(section, self.sealer, vendor_context(app, vendor))
        except SealedElsewhere:
            return False
        return True

    def _open_section(self, app: str, vendor: str, section: Section) -> ConfiguredVendor | None:
        try:
            written = open_section(section, self.sealer, vendor_context(app, vendor))
        except SealedElsewhere as error:
            _report(app, vendor, [FieldError("secrets.key_file", str(error))])
            return None
        configured, faults = self.try_section(app, vendor, written)
        if faults:
            _report(app, vendor, faults)
        return configured

    def try_section(
        self, app: str, vendor: str, written: Mapping[str, object]
    ) -> tuple[ConfiguredVendor | None, list[FieldError]]:
        """The vendor with this section, None if the section is bad, and its errors."""
        section = VendorSection(app=app, vendor=vendor, written=dict(written))
        return open_vendor(section, self.public_url, self.context)


def _kept(
    known: ConfiguredVendor, before: VendorDocument | None, stored: VendorDocument
) -> ConfiguredVendor | None:
    """The known vendor, if its section is the same; its section in reserve may be gone."""
    if before == stored:
        return known
    if before and before.section == stored.section and stored.previous is None:
        return replace(known, previous=None)
    return None


def _report(app: str, vendor: str, faults: list[FieldError]) -> None:
    """Log the faults of stored settings. Another process may be able to read them."""
    _log.error(
        "settings of an app cannot be used by this process",
        action="app_unusable",
        app=app,
        vendor=vendor,
        faults="; ".join(f"{fault.field}: {fault.message}" for fault in faults),
    )
