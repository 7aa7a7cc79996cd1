"""Changes of apps that the API makes: settings and vendors' sections in, new documents out. Pure.

Each function takes the document as it is and returns the document as it is to be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec.structs import replace

from pushgate.apps.app_document import AppDocument, Section, VendorDocument
from pushgate.domain.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Change:
    """When a change is made, and the id of the API key that makes it."""

    at: datetime
    by: str


def with_settings(
    name: str, document: AppDocument | None, settings: Mapping[str, object], change: Change
) -> AppDocument:
    """The app with these settings in place of all earlier ones; its vendors stay.

    Raises Conflict where the app is being deleted.
    """
    if document:
        require_living(document)
    written = msgspec.Raw(msgspec.json.encode(settings))
    if document is None:
        return AppDocument(app=name, revision=1, changed_at=change.at, changed_by=change.by, settings=written)
    if bytes(document.settings) == bytes(written):
        return document
    return _changed(replace(document, settings=written), change)


def with_vendor(
    document: AppDocument, vendor: str, section: Section, previous_until: datetime | None, change: Change
) -> AppDocument:
    """The app with this section in place of the vendor's earlier one.

    Until `previous_until` the former section is kept in reserve, and no section before that one.
    The same section once more changes nothing.
    """
    require_living(document)
    before = document.vendors.get(vendor)
    if before and _is_same(before.section, section):
        return document
    stored = VendorDocument(section=section, changed_at=change.at, changed_by=change.by)
    if before and previous_until:
        stored = replace(stored, previous=before.section, previous_until=previous_until)
    return _changed(replace(document, vendors={**document.vendors, vendor: stored}), change)


def without_vendor(document: AppDocument, vendor: str, change: Change) -> AppDocument:
    """The app without the vendor. Raises NotFound where it has none of this name."""
    require_living(document)
    if vendor not in document.vendors:
        raise NotFound(f"the app has no settings for {vendor}")
    vendors = {name: stored for name, stored in document.vendors.items() if name != vendor}
    return _changed(replace(document, vendors=vendors), change)


def has_old_reserve(document: AppDocument, now: datetime) -> bool:
    """Whether a section is in reserve whose time is over."""
    return any(one.previous_until and one.previous_until <= now for one in document.vendors.values())


def without_old_reserves(document: AppDocument, now: datetime) -> AppDocument:
    """The app without the sections in reserve whose time is over: their secrets go."""
    vendors = {
        name: replace(stored, previous=None, previous_until=None)
        if stored.previous_until and stored.previous_until <= now
        else stored
        for name, stored in document.vendors.items()
    }
    return replace(document, vendors=vendors, revision=document.revision + 1)


def deleting(document: AppDocument, change: Change) -> AppDocument:
    """The app marked for deletion. Its secrets are removed at once."""
    if document.deleting_since:
        return document
    return _changed(replace(document, vendors={}, deleting_since=change.at), change)


def require_living(document: AppDocument) -> None:
    """Raise Conflict where the app is being deleted."""
    if document.deleting_since:
        raise Conflict(f"the app {document.app} is being deleted: its name is free once its data are erased")


def _is_same(one: Section, other: Section) -> bool:
    """Whether the settings are the same. Sealed secrets differ at each sealing, so their
    fingerprints are compared.
    """
    return (bytes(one.settings), one.fingerprints) == (bytes(other.settings), other.fingerprints)


def _changed(document: AppDocument, change: Change) -> AppDocument:
    return replace(document, revision=document.revision + 1, changed_at=change.at, changed_by=change.by)
