"""Compose: save the audience that was written under a name, for other messages."""

from typing import cast

from starlette.responses import Response

from pushgate.console.composing.audience_form import write_audience
from pushgate.console.fault_texts import say_fault
from pushgate.console.pages.compose import make_sheet, read_posted, show_form
from pushgate.console.routing import action
from pushgate.console.view import View
from pushgate_client.errors import ApiError, InvalidRequest
from pushgate_client.types import AudienceNode

_MAX_NAME = 64


async def save_audience(view: View) -> Response:
    """Save the audience as a rule, or replace the one of this name."""
    form, desk = await read_posted(view)
    name = (await view.form()).get("audience_name", "").strip()[:_MAX_NAME]
    said = await _save(view, name, write_audience(form.audience))
    if view.is_part:
        return view.say(said)
    view.toast(said)
    return show_form(view, await make_sheet(view, form, desk))


async def _save(view: View, name: str, audience: object) -> str:
    """Return what is said of it."""
    if not name:
        return view._("Give the audience a name.")
    try:
        await view.calls.audiences.save(name, cast("AudienceNode", audience))
    except InvalidRequest as error:
        said = [say_fault(fault.message, view.words) or fault.message for fault in error.errors]
        return "; ".join(said) or error.detail
    except ApiError as error:
        return error.detail or error.title
    return view._("Saved as {name}. Other messages can name it.", name=name)


routes = [action("/compose/audience", save_audience, scope="push")]
