"""API keys: the list, and what creates, rotates and revokes one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, cast, get_args

from starlette.responses import Response

from pushgate.console.marking import N_
from pushgate.console.routing import action, part
from pushgate.console.view import View
from pushgate_client import types
from pushgate_client.async_client import AsyncPushgate
from pushgate_client.errors import InvalidRequest

MAX_SHOWN = 200
SCOPE_TEXTS: Final[Mapping[types.Scope, str]] = {
    "push": N_("send, change and recall messages"),
    "read": N_("read messages, results and events"),
    "terminals:read": N_("read phones and people"),
    "terminals:write": N_("register, change and remove phones"),
    "admin": N_("everything of this app, its keys too"),
    "operator": N_("all apps and processes, but no messages and phones"),
}
"""The scopes that the form offers. `terminals` is two of them."""
LIFETIMES: Final = {"90": N_("in 90 days"), "365": N_("in a year"), "": N_("never")}
"""Days until a key expires, as the form offers them."""
OVERLAPS: Final = {"1h": N_("for 1 hour"), "24h": N_("for 24 hours"), "0s": N_("not at all")}
"""How long the secret before a rotation holds."""


async def values(view: View, **more: object) -> dict[str, object]:
    """Return the values of the section's template."""
    manager = view.manager
    found: list[types.Key] = []
    if manager is not None:
        async for key in manager.keys.list(page_size=MAX_SHOWN):
            if key["app"] in (None, view.app):
                found.append(key)
            if len(found) == MAX_SHOWN:
                break
    own = {key.id for key in view.signed_in.keys.values()} if view.signed_in else set()
    empty: dict[str, object] = {"new_key": None, "own_keys": own}
    return empty | _form_values() | {"keys": found if manager else None} | more


async def create(view: View) -> Response:
    """Create a key, and show its text once."""
    form = await view.form()
    scopes = [scope for scope in form.getlist("scopes") if scope in get_args(types.Scope)]
    body: types.KeyBody = {"scopes": cast("list[types.Scope]", scopes), "name": form.get("name", "").strip()}
    days = form.get("expires", "")
    if days in LIFETIMES and days:
        body["expires_at"] = (view.now + timedelta(days=int(days))).isoformat()
    manager = view.operator if scopes == ["operator"] else view.manager
    if manager is None:
        return await _section(
            view, fault=view._("This needs a key with the scope {scope}.", scope="operator")
        )
    if manager is view.operator and scopes != ["operator"]:
        body["app"] = view.app
    try:
        created = await manager.keys.create(body)
    except InvalidRequest as error:
        said = {fault.field.split(".")[0]: fault.message for fault in error.errors}
        typed = {"name": body["name"], "scopes": scopes, "expires": days}
        return view.part(
            "setup_key_form.html", 422, **_form_values() | {"key_faults": said, "key_typed": typed}
        )
    response = await _section(view, new_key=created["key"])
    response.headers["HX-Retarget"] = "#keys"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


async def ask_to_rotate(view: View) -> Response:
    """Ask how long the secret before holds."""
    return view.part("setup_key_rotate.html", key=await _found(view), overlaps=OVERLAPS)


async def rotate(view: View) -> Response:
    """Give a key another secret, and show it once."""
    overlap = (await view.form()).get("overlap", "1h")
    rotated = await _needed(view).keys.rotate(
        view.params["id"], overlap=overlap if overlap in OVERLAPS else "1h"
    )
    return await _section(view, new_key=rotated["key"])


async def ask_to_revoke(view: View) -> Response:
    """Ask whether a key is to be revoked."""
    return view.part("setup_key_revoke.html", key=await _found(view))


async def revoke(view: View) -> Response:
    """Revoke a key. Sessions that live by this key alone end."""
    await _needed(view).keys.revoke(view.params["id"])
    view.toast(view._("Revoked. Every process refuses the key within a second."))
    return await _section(view)


def _needed(view: View) -> AsyncPushgate:
    return view.manager or view.calls


async def _found(view: View) -> types.Key:
    return await _needed(view).keys.get(view.params["id"])


async def _section(view: View, **more: object) -> Response:
    return view.part("setup_keys.html", **await values(view, **more))


def _form_values() -> dict[str, object]:
    return {
        "key_faults": {},
        "key_typed": {"name": "", "scopes": [], "expires": "90"},
        "lifetimes": LIFETIMES,
        "scope_texts": SCOPE_TEXTS,
        "fault": "",
    }


routes = [
    action("/setup/keys", create),
    part("/setup/keys/{id}/rotate", ask_to_rotate),
    action("/setup/keys/{id}/rotate", rotate),
    part("/setup/keys/{id}/revoke", ask_to_revoke),
    action("/setup/keys/{id}/revoke", revoke),
]
