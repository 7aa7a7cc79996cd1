"""Stored templates: the list, and one of them with its versions, its form, and what vendors would
receive.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from starlette.responses import Response

from pushgate.console.routing import action, page, part
from pushgate.console.template_form import Block, from_content, read_blocks, to_content, to_preview
from pushgate.console.view import View
from pushgate_client import types
from pushgate_client.errors import ApiError, InvalidRequest, NotFound

_PATH = "/templates/{name}"
_MAX_DIGITS = 10


async def show_list(view: View) -> Response:
    """Show all templates of the app."""
    rows = [one async for one in view.calls.templates.list()]
    return view.page("stored_templates.html", rows=rows)


async def open_one(view: View) -> Response:
    """Go to the template whose name was written, which there need not be yet."""
    name = (await view.form()).get("name", "").strip()
    return view.redirect(_where(name) if name else "/templates")


async def show_one(view: View) -> Response:
    """Show a version of a template; an empty form for a name that there is not yet."""
    name, version = view.params["name"], view.query.get("version", "")
    number = (
        int(version) if version.isascii() and version.isdecimal() and len(version) < _MAX_DIGITS else None
    )
    try:
        shown = await view.calls.templates.get(name, number)
    except NotFound:
        if number is not None or not view.may("push"):
            raise
        return _show(view, None, [], "")
    return _show(view, shown, from_content(shown["content"]), shown["default_language"])


async def save(view: View) -> Response:
    """Store what the form has as a version. What is wrong stands above the form."""
    name, form = view.params["name"], await view.form()
    blocks, default = read_blocks(form), form.get("default_language", "").strip()
    body: types.TemplateBody = {"content": to_content(blocks)}
    if default:
        body["default_language"] = default
    try:
        stored = await view.calls.templates.put(name, body)
    except ApiError as error:
        faults = _faults(error)
        try:
            shown = await view.calls.templates.get(name)
        except (NotFound, InvalidRequest):
            shown = None
        return _show(view, shown, blocks, default, faults, error.status)
    view.toast(view._("Version {n} is the latest one.", n=view.words.number(stored["version"])))
    return view.redirect(_where(name))


async def preview(view: View) -> Response:
    """Show what each vendor would receive of what the form has."""
    form = await view.form()
    try:
        shown = await view.calls.templates.preview(view.params["name"], to_preview(form))
    except ApiError as error:
        return view.part("stored_template_preview.html", faults=_faults(error), shown=None)
    return view.part("stored_template_preview.html", faults=[], shown=shown)


async def ask_to_delete(view: View) -> Response:
    """Ask whether a template is to be deleted."""
    return view.part("stored_template_delete.html", name=view.params["name"])


async def delete(view: View) -> Response:
    """Delete a template."""
    await view.calls.templates.delete(view.params["name"])
    view.toast(view._("Deleted. Messages that name it are sent all the same."))
    return view.redirect("/templates")


def _where(name: str) -> str:
    return f"/templates/{quote(name, safe='')}"


def _faults(error: ApiError) -> Sequence[Mapping[str, str]]:
    if isinstance(error, InvalidRequest) and error.errors:
        return [{"field": fault.field, "message": fault.message} for fault in error.errors]
    return [{"field": "", "message": error.detail or error.title}]


def _show(
    view: View,
    shown: types.Template | None,
    blocks: Sequence[Block],
    default_language: str,
    faults: Sequence[Mapping[str, str]] = (),
    status: int = 200,
) -> Response:
    return view.page(
        "stored_template.html",
        status,
        name=view.params["name"],
        shown=shown,
        blocks=[*blocks, Block()],
        default_language=default_language,
        faults=faults,
    )


routes = [
    page("/templates", show_list, scope="read"),
    action("/templates", open_one, scope="push"),
    page(_PATH, show_one, scope="read"),
    action(_PATH, save, scope="push"),
    action(_PATH + "/preview", preview, scope="push"),
    part(_PATH + "/delete", ask_to_delete, scope="push"),
    action(_PATH + "/delete", delete, scope="push"),
]
