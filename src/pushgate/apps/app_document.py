"""The stored form of an app that the API made: its settings, and its vendors' sections. Pure."""

from datetime import datetime

import msgspec


class Section(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The settings of a vendor's section, as JSON. Secret ones are sealed, together, as JSON.

    `fingerprints` has the first digits of the SHA-256 of each secret, by the setting's name.
    """

    settings: msgspec.Raw
    sealed: bytes = b""
    fingerprints: dict[str, str] = {}


class VendorDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A vendor's section, when and by which key it was changed, and the previous section.

    `previous` is used until `previous_until` where the vendor refuses the credential of `section`.
    """

    section: Section
    changed_at: datetime
    changed_by: str
    previous: Section | None = None
    previous_until: datetime | None = None


class AppDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The stored form of an app.

    `revision` counts the changes of the document. `settings` are those that were set, as JSON.
    Since `deleting_since` the app sends nothing, and its data are erased.
    """

    app: str
    revision: int
    changed_at: datetime
    changed_by: str
    settings: msgspec.Raw
    vendors: dict[str, VendorDocument] = {}
    deleting_since: datetime | None = None


def encode(document: AppDocument) -> bytes:
    """The document as it is stored."""
    return msgspec.json.encode(document)


def decode(stored: bytes) -> AppDocument:
    """The stored document. Raises msgspec.DecodeError for one of another version."""
    return msgspec.json.decode(stored, type=AppDocument)
