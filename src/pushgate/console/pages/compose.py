"""Compose: write a message, see whom it reaches, keep it as a draft."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from pushgate.console.composing.audience_form import AudienceForm
from pushgate.console.composing.audience_lines import OUTCOMES, Join, Kind, Line
from pushgate.console.composing.changing import change_form
from pushgate.console.composing.desk import Desk
from pushgate.console.composing.documents import read_document
from pushgate.console.composing.drafts import Saved, save_draft, words_of
from pushgate.console.composing.figures import figures_of, read_figures
from pushgate.console.composing.languages import spoken_by
from pushgate.console.composing.message_form import ContentForm, MessageForm, MomentForm
from pushgate.console.composing.posted_fields import read_fields
from pushgate.console.composing.sheet import Choices, Sheet
from pushgate.console.composing.stored_texts import with_lines_for_values, with_own_texts, with_template
from pushgate.console.composing.template_values import values_of
from pushgate.console.reading import take
from pushgate.console.routing import action, page
from pushgate.console.typed_numbers import read_number
from pushgate.console.view import View
from pushgate_client.errors import ApiError, ConnectionFailed, InvalidRequest, NotFound
from pushgate_client.types import GroupCount, MarkedTerminal, Template

FALLBACK_LANGUAGE = "en"
"""Language of a form that names none."""
_MAX_CHOICES = 30
_MAX_TEMPLATES = 100
_COPIED = (
    "content", "variants", "holdout", "unit", "winner", "default_language", "audience", "options",
    "personal", "on_missing", "fallback", "values", "user_values", "escalate",
)  # fmt: skip
"""What a message to be sent again has of an earlier one."""


async def show_compose(view: View) -> Response:
    """Show an empty form, a draft, or a message to be sent again."""
    form, saved, fault = await _begin(view)
    sheet = await make_sheet(view, form, saved.desk)
    return view.page("compose.html", **values_of(view, replace(sheet, fault=fault), saved))


async def change(view: View) -> Response:
    """Show the form with what a button asked for: a language, a line, an option more or less."""
    form, desk = await read_posted(view)
    changed = change_form(form, desk, await view.form(), view.now.date())
    # Where scripts run, the page saves what it is shown, in one line with what is typed.
    saved = None if view.is_part else await save_draft(view.calls, changed.form, changed.desk)
    sheet = await make_sheet(view, changed.form, saved.desk if saved else changed.desk)
    fault = view._("This is no tag of a language: en, zh-Hans or pt-BR is one.") if changed.is_refused else ""
    return show_form(view, replace(sheet, fault=fault), saved)


async def plan(view: View) -> Response:
    """Show what changes while somebody types: counts, limits, previews, faults."""
    form, desk = await read_posted(view)
    try:
        figures = await read_figures(view.calls, form)
        choices = Choices(phones=await _phones(view))
    except (ApiError, ConnectionFailed) as error:
        return show_uncounted(view, form, desk, error)
    sheet = Sheet(form=form, desk=desk, figures=figures, choices=choices)
    return view.part("compose_plan.html", **values_of(view, sheet))


async def keep_draft(view: View) -> Response:
    """Save what is written."""
    form, desk = await read_posted(view)
    overwrite = (await view.form()).get("overwrite") == "yes"
    saved = await save_draft(view.calls, form, desk, overwrite=overwrite)
    if not view.is_part:
        return show_form(view, await make_sheet(view, form, saved.desk), saved)
    sheet = Sheet(form=form, desk=saved.desk, figures=figures_of(None, ()))
    return view.part("compose_draft.html", **values_of(view, sheet, saved))


async def delete_draft(view: View) -> Response:
    """Delete a draft of the list."""
    await view.calls.drafts.delete(view.params["draft"])
    view.toast(view._("The draft is deleted."))
    return view.redirect("/compose")


async def read_posted(view: View) -> tuple[MessageForm, Desk]:
    """Return the posted form and the hidden fields beside it."""
    posted = await view.form()
    form = read_fields(posted.multi_items(), zone=view.zone.key, language=FALLBACK_LANGUAGE)
    desk, chosen, left = Desk.read(posted), form.template.name, posted.get("shown_template", "")
    if not chosen and left:
        stored = await _find_template(view, left, posted.get("shown_version", ""))
        return with_own_texts(form, stored) if stored else form, desk
    form = await with_stored_texts(view, form)
    return with_lines_for_values(form) if chosen != left else form, desk


async def with_stored_texts(view: View, form: MessageForm) -> MessageForm:
    """Return the form with the texts of the template that it names, as far as the key may read
    them.
    """
    if not form.template.name:
        return form
    stored = await _find_template(view, form.template.name, form.template.version)
    return with_template(form, stored) if stored else form


async def _find_template(view: View, name: str, version: str) -> Template | None:
    """Return a version of a template, the latest where none is named; None where there is none."""
    if not view.may("read"):
        return None
    try:
        return await view.calls.templates.get(name, read_number(version) if version else None)
    except (NotFound, InvalidRequest):
        return None


async def make_sheet(view: View, form: MessageForm, desk: Desk, *, shows_blank: bool = False) -> Sheet:
    """Return a form with all that its page shows."""
    figures = await read_figures(view.calls, form)
    choices = await read_choices(view, form)
    return Sheet(form=form, desk=desk, figures=figures, choices=choices, shows_blank=shows_blank)


def show_form(view: View, sheet: Sheet, saved: Saved | None = None) -> Response:
    """Answer with the form, for htmx, or with the page."""
    if view.is_part:
        response = view.part("compose_changed.html", **values_of(view, sheet, saved))
        response.headers["HX-Retarget"] = "#compose"
        response.headers["HX-Reswap"] = "outerHTML"
        return response
    return view.page("compose.html", **values_of(view, sheet, saved))


def show_uncounted(view: View, form: MessageForm, desk: Desk, error: ApiError | ConnectionFailed) -> Response:
    """Say that the API did not count, and take the button away until it does."""
    sheet = Sheet(form=form, desk=desk, figures=figures_of(None, ()))
    values = values_of(view, sheet) | {"failure": words_of(error)}
    if not view.is_part:
        raise error
    response = view.part("compose_uncounted.html", **values)
    response.headers["HX-Reswap"] = "none"
    return response


async def read_choices(view: View, form: MessageForm) -> Choices:
    """Read what can be chosen from: what the form asks for, as far as the key may read it."""
    calls, kinds = view.calls, {line.kind for line in form.audience.lines}
    messages = audiences = templates = None
    if view.may("read"):
        templates = await take(calls.templates.list(page_size=_MAX_TEMPLATES), _MAX_TEMPLATES)
        audiences = await take(calls.audiences.list(page_size=_MAX_CHOICES), _MAX_CHOICES)
        if kinds.intersection(OUTCOMES):
            messages = await take(calls.messages.list(page_size=_MAX_CHOICES), _MAX_CHOICES)
    return Choices(
        problems=(await calls.operations.status())["problems"],
        phones=await _phones(view),
        messages=messages or (),
        audiences=audiences or (),
        templates=[one["name"] for one in templates or ()],
        drafts=await take(calls.drafts.list(page_size=_MAX_CHOICES), _MAX_CHOICES),
    )


async def _begin(view: View) -> tuple[MessageForm, Saved, str]:
    """Return the form that the address asks for, and what is to be said of it."""
    new = Saved(desk=Desk.new())
    everybody = (await view.calls.audiences.count({"all": True}))["groups"]
    form = _new_form(view, everybody)
    try:
        if draft_id := view.query.get("draft"):
            draft = await view.calls.drafts.get(draft_id)
            form = await with_stored_texts(view, _read(view, dict(draft["message"]), form))
            desk = new.desk.saved_as(draft["id"], draft["revision"])
            return form, Saved(desk=desk, draft=draft), ""
        if message_id := view.query.get("message"):
            form, fault = await _duplicate(view, message_id, form)
            return form, new, fault
    except NotFound:
        return form, new, view._("It is not there any more. This is a new message.")
    for kind, name in ((Kind.SAVED, "saved"), (Kind.TERMINALS, "terminal")):
        if value := view.query.get(name):
            line = Line(join=Join.AND, kind=kind, value=value)
            form = replace(form, audience=AudienceForm(lines=(line,)))
    return form, new, ""


async def _duplicate(view: View, message_id: str, empty: MessageForm) -> tuple[MessageForm, str]:
    message = await view.calls.messages.get(message_id, include="audience")
    document = {name: message.get(name) for name in _COPIED if message.get(name) is not None}
    if "content" not in document:
        return empty, view._("Its content was dropped. This is a new message.")
    return _read(view, document, empty), ""


def _read(view: View, document: dict[str, object], empty: MessageForm) -> MessageForm:
    return read_document(document, zone=view.zone.key, language=empty.fallback)


def _new_form(view: View, everybody: Sequence[GroupCount]) -> MessageForm:
    languages = list(spoken_by(everybody))[:1] or [FALLBACK_LANGUAGE]
    contents = {language: ContentForm() for language in languages}
    return MessageForm(contents=contents, fallback=languages[0], moment=MomentForm(zone=view.zone.key))


async def _phones(view: View) -> Sequence[MarkedTerminal] | None:
    return await view.calls.marked_terminals.list() if view.may("terminals:read") else None


routes = [
    page("/compose", show_compose, scope="push"),
    action("/compose", change, scope="push"),
    action("/compose/plan", plan, scope="push"),
    action("/compose/draft", keep_draft, scope="push"),
    action("/compose/drafts/{draft}/delete", delete_draft, scope="push"),
]
