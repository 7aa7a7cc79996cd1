"""The sealed sections of vendors in the documents of apps, one by one, to be sealed anew."""

from collections.abc import AsyncIterator, Iterator
from functools import partial

import msgspec
from redis.asyncio import Redis

from pushgate.apps.app_document import AppDocument, Section, VendorDocument
from pushgate.apps.app_documents import AppDocuments
from pushgate.apps.sealed_sections import vendor_context
from pushgate.domain.clock import SystemClock
from pushgate.sealing.stored_secret import StoredSecret


async def stored_sections(redis: Redis) -> AsyncIterator[StoredSecret]:
    """All sealed sections, those before the last change too. Raises EngineUnavailable."""
    documents = AppDocuments(redis, SystemClock(), max_apps=0)  # none is made here
    for app, document in (await documents.read_all()).items():
        for vendor, stored in document.vendors.items():
            for sealed in _sealed(stored):
                replace = partial(_replace, documents, app, vendor, sealed)
                yield StoredSecret(vendor_context(app, vendor), sealed, replace)


async def _replace(documents: AppDocuments, app: str, vendor: str, known: bytes, new: bytes) -> bool:
    """Returns False where the section is there no more."""
    replaced = False

    def change(document: AppDocument | None) -> AppDocument | None:
        nonlocal replaced
        stored = document.vendors.get(vendor) if document else None
        replaced = stored is not None and known in _sealed(stored)
        if document is None or stored is None or not replaced:
            return document
        resealed = msgspec.structs.replace(
            stored,
            section=_resealed(stored.section, known, new),
            previous=_resealed(stored.previous, known, new) if stored.previous else None,
        )
        # The content is the same: the revision, which counts changes of the content, stays.
        return msgspec.structs.replace(document, vendors={**document.vendors, vendor: resealed})

    await documents.change(app, change)
    return replaced


def _sealed(stored: VendorDocument) -> Iterator[bytes]:
    sections = (stored.section, stored.previous)
    return (section.sealed for section in sections if section and section.sealed)


def _resealed(section: Section, known: bytes, new: bytes) -> Section:
    return msgspec.structs.replace(section, sealed=new) if section.sealed == known else section
