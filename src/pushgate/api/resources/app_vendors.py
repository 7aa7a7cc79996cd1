"""`/v1/apps/{app}/vendors/{vendor}`: how an app reaches a vendor, changed while everything runs."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pushgate.adapters.registry import vendors
from pushgate.api import audit
from pushgate.api.auth import AppAdminCaller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import json_response, read_body
from pushgate.api.mapping.apps import from_vendor, to_object
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.resources.apps import change_of
from pushgate.api.schemas.apps import AppVendorPage, AppVendorView, VendorSectionBody
from pushgate.api.schemas.fields import DURATION_SCHEMA, VendorInPath, duration_up_to
from pushgate.api.waiting_pushes import hasten
from pushgate.apps.administration import NewSection
from pushgate.apps.app_document import AppDocument, VendorDocument
from pushgate.apps.catalog import ConfiguredApp, ConfiguredVendor
from pushgate.apps.vendor_trial import Trial
from pushgate.domain.errors import NotFound

router = APIRouter(prefix="/v1/apps/{app}", tags=["apps"])
MAX_BODY = 1024 * 1024
"""Bytes of a vendor's section: the contents of its files among them."""
MAX_RESERVE = timedelta(days=30)
Check = Annotated[bool, Query(description="ask the vendor whether it accepts the credential first")]
KeepPrevious = Annotated[
    timedelta | None,
    duration_up_to(MAX_RESERVE),
    DURATION_SCHEMA,
    Query(description="how long the previous section is kept in reserve, such as 1h; at most 30d"),
]


@router.put(
    "/vendors/{vendor}",
    operation_id="put_app_vendor",
    responses=response_schema(AppVendorView, 200, "Stored"),
    openapi_extra=body_schema(VendorSectionBody),
)
async def put(
    request: Request,
    configured: AppAdminCaller,
    vendor: VendorInPath,
    check: Check = True,
    keep_previous: KeepPrevious = None,
) -> Response:
    """Set an app up for a vendor, or replace all settings of the vendor's section. The section is
    tried first: a credential that the vendor refuses is not stored, unless `check=false`. The
    section is live in every process within 2 s. Pushes in flight on connections with the old
    credential are finished there.

    With `keep_previous` the previous section stays in reserve for that time: if the vendor refuses
    the new credential, a worker goes on with the previous one, and tries the new one again every
    minute.
    """
    written = to_object(await read_body(request, MAX_BODY), VendorSectionBody)
    section = _section(request, written, check=check, keep_previous=keep_previous)
    stored, trial = await context_of(request).administration.put_vendor(
        configured.app.name, vendor, section, change_of(request)
    )
    return await _stored(request, configured.app.name, vendor, stored, trial)


@router.patch(
    "/vendors/{vendor}",
    operation_id="change_app_vendor",
    responses=response_schema(AppVendorView),
    openapi_extra=body_schema(VendorSectionBody),
)
async def patch(
    request: Request,
    configured: AppAdminCaller,
    vendor: VendorInPath,
    check: Check = True,
    keep_previous: KeepPrevious = None,
) -> Response:
    """Change some settings of a vendor's section; null takes one away. Secrets that are not sent
    stay. The section is tried, and takes effect, as by `PUT`.
    """
    written = to_object(await read_body(request, MAX_BODY), VendorSectionBody)
    section = _section(request, written, check=check, keep_previous=keep_previous)
    stored, trial = await context_of(request).administration.patch_vendor(
        configured.app.name, vendor, section, change_of(request)
    )
    return await _stored(request, configured.app.name, vendor, stored, trial)


@router.get("/vendors/{vendor}", operation_id="get_app_vendor", responses=response_schema(AppVendorView))
async def show(request: Request, configured: AppAdminCaller, vendor: VendorInPath) -> Response:
    """A vendor's section without its secrets: the secrets' fingerprints, when certificates expire,
    when the credential was last used and last refused, and the URL to which the vendor reports
    receipts.
    """
    document = await _document(request, configured)
    if vendor not in _names(configured, document):
        raise NotFound(f"the app has no settings for {vendor}")
    return json_response(await _shown(request, configured, vendor, document))


@router.get("/vendors", operation_id="list_app_vendors", responses=response_schema(AppVendorPage))
async def page(request: Request, configured: AppAdminCaller) -> Response:
    """The vendors that an app is set up for, in the order of their names."""
    document = await _document(request, configured)
    names = _names(configured, document)
    return json_response({"vendors": [await _shown(request, configured, name, document) for name in names]})


@router.delete("/vendors/{vendor}", operation_id="delete_app_vendor", status_code=204)
async def delete(request: Request, configured: AppAdminCaller, vendor: VendorInPath) -> Response:
    """Remove a vendor from an app. Pushes to the vendor that are not sent yet wait for a new
    section until they expire; the vendor's terminals stay registered.
    """
    app, context = configured.app.name, context_of(request)
    await context.administration.delete_vendor(app, vendor, change_of(request))
    await context.stores.credential_use.forget(app, vendor)
    await audit.note(request, "vendor.deleted", vendor, app=app)
    return Response(status_code=204)


def _section(
    request: Request, written: dict[str, object], *, check: bool, keep_previous: timedelta | None
) -> NewSection:
    now = context_of(request).clock.now()
    until = now + keep_previous if keep_previous else None
    return NewSection(written, check=check, previous_until=until)


async def _stored(request: Request, app: str, vendor: str, stored: VendorDocument, trial: Trial) -> Response:
    details = {f"{name}_fingerprint": digest for name, digest in stored.section.fingerprints.items()}
    await audit.note(request, "vendor.changed", vendor, app=app, **details)
    context = context_of(request)
    # Pushes that wait because of the previous credential are tried at once.
    await context.stores.vendor_health.reset(app, vendor)
    await context.stores.quotas.reopen(app, vendor)
    if known := context.catalog.apps.get(app):
        await hasten(context.stores, known.app, vendor, context.clock.now())
    view = await _view(context, app, vendor, context.catalog.vendor(app, vendor), stored)
    return json_response(view | {"confirmed": trial.confirmed})


async def _document(request: Request, configured: ConfiguredApp) -> AppDocument | None:
    """Return the document of the app, None where it is in the configuration file."""
    context = context_of(request)
    if context.catalog.is_in_file(configured.app.name):
        return None
    return await context.administration.find(configured.app.name)


def _names(configured: ConfiguredApp, document: AppDocument | None) -> list[str]:
    return sorted(document.vendors if document else configured.vendors)


async def _shown(
    request: Request, configured: ConfiguredApp, vendor: str, document: AppDocument | None
) -> dict[str, object]:
    stored = document.vendors[vendor] if document else None
    context, app = context_of(request), configured.app.name
    return await _view(context, app, vendor, configured.vendors.get(vendor), stored)


async def _view(
    context: ApiContext,
    app: str,
    vendor: str,
    configured: ConfiguredVendor | None,
    stored: VendorDocument | None,
) -> dict[str, object]:
    uses = await context.stores.credential_use.read(app)
    pause = context.stores.pauses.find(app, vendor)
    shown = from_vendor(app, vendor, configured, stored, uses.get(vendor), pause)
    known = vendors().get(vendor)
    path = context.callback_keys.receipt_path(vendor, app) if known and known.receipts else None
    base = context.settings.public_url
    return shown | {
        "receipt_url": f"{base.rstrip('/')}{path}" if base and path else None,
        "receipt_path": path,
    }
