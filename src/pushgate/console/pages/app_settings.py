"""An app's time zone, quiet hours and frequency caps, shown and changed."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlencode

from starlette.responses import Response

from pushgate.console.app_form import AppForm, changes_of, form_of, read_app_form
from pushgate.console.routing import action, part
from pushgate.console.view import View
from pushgate.domain.message import Category
from pushgate_client import types
from pushgate_client.async_client import AsyncPushgate
from pushgate_client.errors import ApiError, InvalidRequest

_PATH = "/apps/{app}/settings"


async def show_form(view: View) -> Response:
    """Show the form, filled with what is set."""
    shown = await _calls(view).apps.get(view.params["app"])
    return _form(view, shown, form_of(cast("Mapping[str, object]", shown["settings"])), {})


async def save(view: View) -> Response:
    """Store what is typed. What is wrong stands beside it, and nothing is stored."""
    app, apps = view.params["app"], _calls(view).apps
    form, shown = read_app_form(await view.form()), await apps.get(app)
    changes, codes = changes_of(form)
    if codes:
        said = {
            "no_category": view._("Name a category in each row."),
            "twice": view._("A category stands in two rows."),
            "no_number": view._("Messages a day are a whole number."),
        }
        return _form(view, shown, form, {name: said[code] for name, code in codes.items()}, 422)
    try:
        await apps.change(app, cast("types.ChangedAppSettings", changes))
    except InvalidRequest as error:
        return _form(view, shown, form, {fault.field: fault.message for fault in error.errors}, 422)
    except ApiError as error:
        return _form(view, shown, form, {"": error.detail or error.title}, error.status)
    view.toast(view._("Saved. It is live within two seconds, for messages that are planned from then on."))
    return view.redirect(f"/vendors?{urlencode({'app': app})}")


def _form(
    view: View, shown: types.AppView, form: AppForm, faults: Mapping[str, str], status: int = 200
) -> Response:
    own = cast("Mapping[str, object]", shown["settings"]).get("categories") or {}
    return view.part(
        "vendor_app_settings.html",
        status,
        app=shown["app"],
        form=form,
        faults=faults,
        categories=["all", *(one.value for one in Category), *sorted(cast("Mapping[str, str]", own))],
    )


def _calls(view: View) -> AsyncPushgate:
    """Return the calls that change apps: an operator's, or those of the app's admin."""
    return view.operator or view.calls


routes = [part(_PATH, show_form), action(_PATH, save)]
