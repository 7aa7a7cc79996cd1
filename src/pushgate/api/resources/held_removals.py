"""`/v1/apps/{app}/vendors/{vendor}/held-removals`: terminals whose push tokens were called dead in
an implausible number are listed, and then removed or kept.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import AppAdminCaller, context_of
from pushgate.api.http import json_response
from pushgate.api.mapping.controls import require_known_vendor
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.fields import Digits, VendorInPath
from pushgate.api.schemas.held_removals import ConfirmedRemoval, DismissedRemovals, HeldRemovalPage
from pushgate.api.times import format_instant, format_known
from pushgate.terminals.confirmed_removals import Confirmation
from pushgate.terminals.held_removals import HeldRemoval

router = APIRouter(prefix="/v1/apps/{app}/vendors/{vendor}/held-removals", tags=["apps"])
_WORKING = timedelta(seconds=5)
"""How long a request removes terminals before it leaves the rest to the scheduler."""
_MAX_CURSOR = 512


@router.get("", operation_id="list_held_removals", responses=response_schema(HeldRemovalPage))
async def page(
    request: Request,
    configured: AppAdminCaller,
    vendor: VendorInPath,
    cursor: Annotated[str | None, Query(max_length=_MAX_CURSOR)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=1000)] = 100,
) -> Response:
    """List terminals that Pushgate kept although the vendor called their push tokens dead. The
    vendor called so many tokens dead at once that a wrong credential or environment is more likely.
    The terminals stay until somebody confirms or dismisses their removal. `next_cursor` leads to
    the next page; null is the end.

    At most 20,000 are listed for each app and vendor; `beyond` counts the others.
    """
    require_known_vendor(vendor)
    stores, app = context_of(request).stores, configured.app
    found = await stores.held_removals.page(app, vendor, cursor or "", limit + 1)
    count = await stores.held_removals.count(app, vendor)
    confirmation = await stores.confirmed_removals.find(app, vendor)
    shown = found[:limit]
    return json_response(
        {
            "listed": count.listed,
            "beyond": count.beyond,
            "terminals": [_from_held(one) for one in shown],
            "next_cursor": shown[-1].terminal_id if len(found) > limit else None,
            "removal": _from_confirmation(confirmation) if confirmation else None,
        }
    )


@router.post(
    "/confirm",
    operation_id="confirm_held_removals",
    responses=response_schema(ConfirmedRemoval, 200, "Removed")
    | response_schema(ConfirmedRemoval, 202, "Being removed: the scheduler does the rest"),
)
async def confirm(request: Request, configured: AppAdminCaller, vendor: VendorInPath) -> Response:
    """Remove the terminals that are listed now, each only if it still has the push token that was
    called dead. Many are removed in the background (202); `GET` tells how far that has come.

    Terminals for which the list had no room are listed when their tokens are called dead again.
    """
    require_known_vendor(vendor)
    stores, app = context_of(request).stores, configured.app
    confirmation = await stores.confirmed_removals.confirm(app, vendor)
    held = confirmation.held
    await note(request, "vendor.held_removals_confirmed", vendor, app=app.name, held=held)
    confirmation = await stores.confirmed_removals.work(app, vendor, _WORKING) or confirmation
    body = {"app": app.name, "vendor": vendor, "removal": _from_confirmation(confirmation)}
    return json_response(body, 200 if confirmation.ended_at else 202)


@router.post("/dismiss", operation_id="dismiss_held_removals", responses=response_schema(DismissedRemovals))
async def dismiss(request: Request, configured: AppAdminCaller, vendor: VendorInPath) -> Response:
    """Keep the terminals, and empty the list. A confirmed removal that is running stops; terminals
    that it has removed stay removed.
    """
    require_known_vendor(vendor)
    held, app = context_of(request).stores.held_removals, configured.app
    dismissed = sum(await held.count(app, vendor))
    await held.clear(app, vendor)
    await note(request, "vendor.held_removals_dismissed", vendor, app=app.name, held=dismissed)
    return json_response({"app": app.name, "vendor": vendor, "dismissed": dismissed})


def _from_held(held: HeldRemoval) -> dict[str, object]:
    return {
        "terminal": held.terminal_id,
        "code": held.code,
        "since": format_instant(held.since),
        "died_at": format_known(held.died_at),
    }


def _from_confirmation(confirmation: Confirmation) -> dict[str, object]:
    return {
        "requested_at": format_instant(confirmation.requested_at),
        "ended_at": format_known(confirmation.ended_at),
        "held": confirmation.held,
        "removed": confirmation.removed,
        "kept": confirmation.kept,
    }
