"""`/v1/apps/{app}/pause` and similar calls: pause and resume an app or one of its vendors, and
close circuit breakers.
"""

from fastapi import APIRouter, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import AppAdminCaller, caller_of, context_of
from pushgate.api.http import json_response
from pushgate.api.mapping.controls import from_closed, from_pause, require_known_vendor
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.controls import ClosedBreakers, PausedApp, PausedVendor
from pushgate.api.schemas.fields import VendorInPath
from pushgate.api.waiting_pushes import hasten
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import NotFound
from pushgate.fleet.pause import Pause

router = APIRouter(prefix="/v1/apps/{app}", tags=["apps"])


@router.post("/pause", operation_id="pause_app", responses=response_schema(PausedApp))
async def pause_app(request: Request, configured: AppAdminCaller) -> Response:
    """Pause an app: none of its messages is dispatched or sent until it is resumed. Messages are
    stored all the same, and `warnings` say that they wait. Sending stops within 2 s; pushes wait
    until their time to live is over.

    May be repeated: the time of the first call stays.
    """
    return json_response(await _pause(request, configured, ""))


@router.post("/resume", operation_id="resume_app", responses=response_schema(PausedApp))
async def resume_app(request: Request, configured: AppAdminCaller) -> Response:
    """Resume an app: waiting messages go on within 2 s. Its paused vendors stay paused. May be
    repeated.
    """
    return json_response(await _resume(request, configured, ""))


@router.post("/vendors/{vendor}/pause", operation_id="pause_vendor", responses=response_schema(PausedVendor))
async def pause_vendor(request: Request, configured: AppAdminCaller, vendor: VendorInPath) -> Response:
    """Pause a vendor of an app: within 2 s no worker sends it anything for the app. Its pushes
    wait until it is resumed, or their time to live is over; the others go on.

    May be repeated: the time of the first call stays.
    """
    _require_vendor(configured, vendor)
    return json_response(await _pause(request, configured, vendor))


@router.post(
    "/vendors/{vendor}/resume", operation_id="resume_vendor", responses=response_schema(PausedVendor)
)
async def resume_vendor(request: Request, configured: AppAdminCaller, vendor: VendorInPath) -> Response:
    """Resume a vendor of an app: its pushes go on within 2 s. May be repeated."""
    require_known_vendor(vendor)
    return json_response(await _resume(request, configured, vendor))


@router.post(
    "/vendors/{vendor}/reset-breaker",
    operation_id="reset_breaker",
    responses=response_schema(ClosedBreakers),
)
async def reset_breaker(request: Request, configured: AppAdminCaller, vendor: VendorInPath) -> Response:
    """Close all circuit breakers of an app at a vendor: the breaker of all its pushes, and the
    breakers of single topics, channels and hosts. The answer lists the breakers that had failures,
    with the reason. Pushgate also forgets that the vendor reported a daily quota as used up today.

    Waiting pushes are tried at once. If they fail again, the breaker opens again.
    """
    context, app = context_of(request), configured.app.name
    require_known_vendor(vendor)
    closed = await context.stores.vendor_health.reset(app, vendor)
    await context.stores.quotas.reopen(app, vendor)
    await hasten(context.stores, configured.app, vendor, context.clock.now())
    await note(request, "vendor.breaker_reset", vendor, app=app, closed=len(closed))
    return json_response({"app": app, "vendor": vendor, "closed": [from_closed(one) for one in closed]})


async def _pause(request: Request, configured: ConfiguredApp, vendor: str) -> dict[str, object]:
    context, key = context_of(request), caller_of(request).key
    pause = Pause(at=context.clock.now(), key_id=key.id, key_name=key.name)
    in_force = await context.stores.pauses.pause(configured.app.name, vendor, pause)
    if in_force == pause:
        action = "vendor.paused" if vendor else "app.paused"
        await note(request, action, vendor or configured.app.name, app=configured.app.name)
    return _state(configured, vendor, in_force)


async def _resume(request: Request, configured: ConfiguredApp, vendor: str) -> dict[str, object]:
    if await context_of(request).stores.pauses.resume(configured.app.name, vendor):
        action = "vendor.resumed" if vendor else "app.resumed"
        await note(request, action, vendor or configured.app.name, app=configured.app.name)
    return _state(configured, vendor, None)


def _state(configured: ConfiguredApp, vendor: str, pause: Pause | None) -> dict[str, object]:
    body: dict[str, object] = {"app": configured.app.name}
    if vendor:
        body["vendor"] = vendor
    return body | {"paused": from_pause(pause)}


def _require_vendor(configured: ConfiguredApp, vendor: str) -> None:
    if vendor not in configured.vendors:
        raise NotFound(f"the app {configured.app.name} has no vendor {vendor}")
