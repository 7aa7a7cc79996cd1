"""Vendors and apps: credentials, pace, trouble and last answers of each vendor of the app."""

from collections.abc import Mapping
from typing import cast

from starlette.responses import Response

from pushgate.console.app_form import form_of
from pushgate.console.pages import app_settings, vendor_changes
from pushgate.console.reading import read_results, take
from pushgate.console.routing import page
from pushgate.console.vendor_panels import list_panels, total_accepted
from pushgate.console.vendor_tiles import list_tiles
from pushgate.console.vendors import VENDORS
from pushgate.console.verdict import rank_problems
from pushgate.console.view import View
from pushgate_client import types
from pushgate_client.errors import NotFound

MAX_APPS = 100
_LAST_MESSAGES = 5
"""Messages whose failures are summed up as the last answers."""


async def show_vendors(view: View) -> Response:
    """Show the vendors of the app; operators choose the app by `?app=`."""
    operator = view.operator
    apps = await take(operator.apps.list(page_size=MAX_APPS), MAX_APPS) if operator else []
    app = view.query.get("app") or view.app or (apps[0]["app"] if apps else "")
    calls = operator if operator else view.calls if view.may("admin") and app == view.app else None
    if calls is None:
        return view.page("lock.html", 403, needed="admin")
    try:
        shown = await calls.apps.get(app) if app else None
    except NotFound:
        return view.page("missing.html", 404)
    views = (await calls.apps.vendors(app))["vendors"] if app else []
    status = await calls.operations.status()
    is_own = app == view.app and view.may("read")
    activity = await view.calls.operations.activity(timezone=view.zone.key) if is_own else None
    quotas = (await view.calls.operations.quotas())["quotas"] if is_own else []
    troubles = rank_problems(status["problems"], {})
    tiles = list_tiles(activity, troubles, view.now) if activity else []
    return view.page(
        "vendors.html",
        apps=apps,
        shown=shown,
        limits=form_of(cast("Mapping[str, object]", shown["settings"])) if shown else None,
        panels=list_panels(views, status, troubles, tiles, await _failures(view, app), quotas, view.words),
        accepted=total_accepted(activity),
        others=[one for one in VENDORS if one not in {row["vendor"] for row in views}],
    )


async def _failures(view: View, app: str) -> list[types.FailureCount]:
    """Return the failures of the app's last messages."""
    if app != view.app or not view.may("read"):
        return []
    messages = await take(view.calls.messages.list(page_size=_LAST_MESSAGES), _LAST_MESSAGES)
    found = await read_results(view.calls, messages)
    return [failure for _, results in found for failure in results["failures"]]


routes = [page("/vendors", show_vendors), *vendor_changes.routes, *app_settings.routes]
