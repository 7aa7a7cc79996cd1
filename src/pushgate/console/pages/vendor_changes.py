"""What is changed of apps and their vendors: credentials, pauses, breakers, held removals."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from pushgate.console.routing import action, part
from pushgate.console.vendor_form import read_section, section_fields
from pushgate.console.vendor_panels import count_held
from pushgate.console.vendors import VENDORS, vendor_name
from pushgate.console.view import View
from pushgate_client import types
from pushgate_client.async_client import AsyncPushgate
from pushgate_client.errors import ApiError, InvalidRequest, NotFound

_PATH = "/vendors/{app}/{vendor}"
_KEEP = "1h"
"""How long the credential before stays in reserve, if the reader wishes so."""


async def show_form(view: View) -> Response:
    """Show the form of a vendor's section, filled with what is set."""
    current = await _current(view)
    return _form(view, current, {}, {})


async def save(view: View) -> Response:
    """Try a section and store it. What is wrong stands under its field, and nothing is stored."""
    app, vendor = view.params["app"], _vendor(view)
    form, current = await view.form(), await _current(view)
    if vendor not in VENDORS:
        return _form(view, current, {}, {})
    section, no_json = read_section(vendor, form, current["settings"] if current else None)
    typed = {name: form.get(name, "") for name in form}
    if no_json:
        fault = view._("This is no JSON.")
        return _form(view, current, typed, dict.fromkeys(no_json, fault), 422)
    check, keep = form.get("check") == "on", _KEEP if form.get("keep") == "on" else None
    apps = _calls(view).apps
    try:
        if current is None:
            stored = await apps.put_vendor(app, vendor, section, check=check)
        else:
            stored = await apps.change_vendor(app, vendor, section, check=check, keep_previous=keep)
    except InvalidRequest as error:
        faults = {fault.field.rpartition(".")[2]: fault.message for fault in error.errors}
        return _form(view, current, typed, faults or {"": error.detail}, 422)
    except ApiError as error:
        return _form(view, current, typed, {"": error.detail or error.title}, error.status)
    name = vendor_name(vendor, view.words)
    accepted = view._("{vendor} accepted the credential. It is live within two seconds.", vendor=name)
    saved = view._("Saved. It is live within two seconds; the next push tries it.")
    view.toast(accepted if stored.get("confirmed") else saved)
    return view.redirect(_back(app))


async def pause(view: View) -> Response:
    """Stop sending through a vendor."""
    await _calls(view).apps.pause_vendor(view.params["app"], _vendor(view))
    view.toast(view._("Paused. Pushes wait until they are resumed or expire."))
    return view.redirect(_back(view.params["app"]))


async def resume(view: View) -> Response:
    """Go on sending through a vendor."""
    await _calls(view).apps.resume_vendor(view.params["app"], _vendor(view))
    view.toast(view._("Resumed. Pushes that wait are sent now."))
    return view.redirect(_back(view.params["app"]))


async def reset_breaker(view: View) -> Response:
    """Close the circuit breakers of a vendor."""
    closed = await _calls(view).apps.reset_breaker(view.params["app"], _vendor(view))
    number = len(closed["closed"])
    view.toast(
        view.ngettext(
            "{n} circuit breaker closed. Pushes are tried now.",
            "{n} circuit breakers closed. Pushes are tried now.",
            number,
        )
    )
    return view.redirect(_back(view.params["app"]))


async def ask_to_remove_held(view: View) -> Response:
    """Ask whether the phones of held removals are to be removed, with their number."""
    held = await _count_held(view)
    return view.part("vendor_held.html", app=view.params["app"], vendor=_vendor(view), held=held)


async def confirm_held(view: View) -> Response:
    """Remove the phones whose tokens the vendor called dead, unless there are more than were
    shown.
    """
    held = await _count_held(view)
    if str(held) != (await view.form()).get("seen", ""):
        view.toast(view._("Nothing was removed: {n} are held by now. Look again.", n=held))
        return view.redirect(_back(view.params["app"]))
    done = await _calls(view).apps.confirm_held_removals(view.params["app"], _vendor(view))
    number = done["removal"]["held"]
    view.toast(view.ngettext("{n} phone is removed.", "{n} phones are removed.", number))
    return view.redirect(_back(view.params["app"]))


async def dismiss_held(view: View) -> Response:
    """Keep the phones whose tokens the vendor called dead."""
    kept = await _calls(view).apps.dismiss_held_removals(view.params["app"], _vendor(view))
    view.toast(view.ngettext("{n} phone stays.", "{n} phones stay.", kept["dismissed"]))
    return view.redirect(_back(view.params["app"]))


async def ask_to_delete(view: View) -> Response:
    """Ask whether a vendor's section is to be deleted."""
    return view.part("vendor_delete.html", app=view.params["app"], vendor=_vendor(view))


async def delete(view: View) -> Response:
    """Delete a vendor's section."""
    app, vendor = view.params["app"], _vendor(view)
    await _calls(view).apps.delete_vendor(app, vendor)
    view.toast(view._("Deleted. Pushes to its phones wait for another section until they expire."))
    return view.redirect(_back(app))


async def create_app(view: View) -> Response:
    """Create an app."""
    form = await view.form()
    app, settings = form.get("app", "").strip(), types.AppSettingsBody()
    if language := form.get("default_language", "").strip():
        settings["default_language"] = language
    if not app or "/" in app:
        return _app_form(view, form, {"app": view._("Name the app, such as shop.")})
    try:
        await _calls(view).apps.put(app, settings)
    except InvalidRequest as error:
        return _app_form(view, form, {fault.field: fault.message for fault in error.errors})
    except ApiError as error:
        return _app_form(view, form, {"app": error.detail or error.title}, error.status)
    view.toast(view._("The app {app} exists now. Give it a vendor and a key.", app=app))
    return view.redirect(_back(app))


async def pause_app(view: View) -> Response:
    """Stop all that the app sends."""
    await _calls(view).apps.pause(view.params["app"])
    view.toast(view._("Paused. Messages wait until the app is resumed."))
    return view.redirect(_back(view.params["app"]))


async def resume_app(view: View) -> Response:
    """Go on with all that the app sends."""
    await _calls(view).apps.resume(view.params["app"])
    view.toast(view._("Resumed. What waits is sent now."))
    return view.redirect(_back(view.params["app"]))


async def _count_held(view: View) -> int:
    status = await _calls(view).operations.status()
    return count_held(status, view.params["app"], _vendor(view))


def _calls(view: View) -> AsyncPushgate:
    """Return the calls that change apps: an operator's, or those of the app's admin."""
    return view.operator or view.calls


def _vendor(view: View) -> str:
    vendor = view.params["vendor"]
    return vendor if vendor in VENDORS else "unknown"


async def _current(view: View) -> types.AppVendorView | None:
    try:
        return await _calls(view).apps.get_vendor(view.params["app"], _vendor(view))
    except NotFound:
        return None


def _form(
    view: View,
    current: types.AppVendorView | None,
    typed: Mapping[str, str],
    faults: Mapping[str, str],
    status: int = 200,
) -> Response:
    vendor = _vendor(view)
    if vendor == "unknown":
        return view.part("missing.html", 404)
    fields = section_fields(vendor, current["settings"] if current else None)
    names = {field.name for field in fields}
    return view.part(
        "vendor_form.html",
        status,
        app=view.params["app"],
        vendor=vendor,
        current=current,
        fields=fields,
        typed=typed,
        faults=faults,
        general=[said for name, said in faults.items() if name not in names],
    )


def _app_form(view: View, typed: Mapping[str, str], faults: Mapping[str, str], status: int = 422) -> Response:
    return view.part("vendor_app_form.html", status, app_typed=typed, app_faults=faults)


def _back(app: str) -> str:
    # Without a fragment: to another fragment of the same page a browser only scrolls.
    return f"/vendors?{urlencode({'app': app})}"


routes = [
    part(f"{_PATH}/section", show_form),
    action(f"{_PATH}/section", save),
    action(f"{_PATH}/pause", pause),
    action(f"{_PATH}/resume", resume),
    action(f"{_PATH}/reset-breaker", reset_breaker),
    part(f"{_PATH}/held", ask_to_remove_held),
    action(f"{_PATH}/held/confirm", confirm_held),
    action(f"{_PATH}/held/dismiss", dismiss_held),
    part(f"{_PATH}/delete", ask_to_delete),
    action(f"{_PATH}/delete", delete),
    action("/apps", create_app, operator=True),
    action("/apps/{app}/pause", pause_app),
    action("/apps/{app}/resume", resume_app),
]
