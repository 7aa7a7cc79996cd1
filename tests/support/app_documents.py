"""Documents of apps, as the API stores them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pushgate.apps.app_document import AppDocument, VendorDocument
from pushgate.apps.app_documents import AppDocuments
from pushgate.apps.sealed_sections import seal_section, vendor_context
from pushgate.sealing.sealer import Sealer

AT = datetime(2030, 1, 1, tzinfo=UTC)
XIAOMI = {"package": "com.example.shop", "app_secret": "very-secret"}


def vendor_document(
    sealer: Sealer, section: Mapping[str, object] = XIAOMI, app: str = "shop", vendor: str = "xiaomi"
) -> VendorDocument:
    """A stored section, whose `app_secret` is sealed."""
    sealed = seal_section(section, {"app_secret"}, sealer, vendor_context(app, vendor))
    return VendorDocument(section=sealed, changed_at=AT, changed_by="key")


def app_document(
    app: str = "shop", vendors: Mapping[str, VendorDocument] | None = None, **settings: object
) -> AppDocument:
    """The document of an app with these vendors and settings."""
    return AppDocument(
        app=app,
        revision=1,
        changed_at=AT,
        changed_by="key",
        settings=msgspec.Raw(msgspec.json.encode(settings)),
        vendors=dict(vendors or {}),
    )


async def put(documents: AppDocuments, document: AppDocument) -> None:
    """Store a document over whatever is there."""
    await documents.change(document.app, lambda _: document)


def by_contents(section: Mapping[str, object]) -> dict[str, object]:
    """A section with the contents of its files in place of their paths, as the API takes it."""
    return {
        name.removesuffix("_file"): Path(str(value)).read_text("utf-8") if name.endswith("_file") else value
        for name, value in section.items()
    }
