"""One phone: what is wrong with it, its last pushes, its person, a test, its erasure."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from starlette.responses import Response

from pushgate.console.finding_texts import say_finding, severity
from pushgate.console.forms import new_once, read_once
from pushgate.console.problem_texts import SEVERITIES
from pushgate.console.reasons import say_code
from pushgate.console.routing import action, page, part
from pushgate.console.titles import Title, title_of
from pushgate.console.view import View
from pushgate_client import types
from pushgate_client.errors import ApiError, Conflict, InvalidRequest, NotFound

_SHOWN = 10
_PATH = "/terminals/{id}"
_MAX_ERASURES = 20
"""Calls: one erases as much as it can within its time."""
_CATEGORIES = ("message", "account", "order", "reminder", "news", "marketing")
_RECEIPTS = ("delivered", "clicked", "muted", "gone", "recalled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A push to the phone. `way` has its states in their order, with when each came."""

    message: str
    title: Title
    at: str | None
    way: Sequence[tuple[str, str | None]]
    why: str


async def show_terminal(view: View) -> Response:
    """Show the diagnosis, the last pushes and the person."""
    terminal_id = view.params["id"]
    diagnosis = await view.calls.terminals.diagnose(terminal_id)
    terminal = await _registered(view)
    if terminal is None and not diagnosis["messages"] and _is_unknown(diagnosis):
        return view.page("terminal_missing.html", 404, terminal_id=terminal_id)
    return view.page(
        "terminal.html",
        terminal_id=terminal_id,
        terminal=terminal,
        former=diagnosis["terminal"],
        person=await _person(view, terminal),
        mark=await _mark(view),
        categories=_CATEGORIES,
        pushes=await _pushes(view, diagnosis["messages"]),
        **_diagnosis(view, diagnosis),
    )


async def ask_vendor(view: View) -> Response:
    """Have the vendor asked whether it would take a push."""
    diagnosis = await view.calls.terminals.diagnose(view.params["id"], ask_vendor=True)
    return view.part("terminal_diagnosis.html", terminal_id=view.params["id"], **_diagnosis(view, diagnosis))


async def show_test(view: View) -> Response:
    """Show the form of a test push."""
    return view.part(
        "terminal_test.html", terminal_id=view.params["id"], faults=(), typed={}, once=new_once()
    )


async def send_test(view: View) -> Response:
    """Send a push to this phone alone, and show what becomes of it."""
    form, terminal_id = await view.form(), view.params["id"]
    terminal = await view.calls.terminals.get(terminal_id)
    language = terminal["language"]
    content: dict[str, types.ContentBody] = {
        language: {"title": form.get("title", ""), "body": form.get("body", "")}
    }
    try:
        sent = await view.calls.messages.send(
            content,
            {"terminals": [terminal_id]},
            default_language=language,
            idempotency_key=read_once(form, "once"),
        )
    except InvalidRequest as error:
        said = [fault.message for fault in error.errors] or [error.detail]
        shown = {"faults": said, "typed": dict(form), "once": new_once()}
        return view.part("terminal_test.html", 422, terminal_id=terminal_id, **shown)
    view.toast(view._("The test is on its way to 1 phone."))
    return view.redirect(f"/messages/{sent['id']}")


async def mark(view: View) -> Response:
    """Mark the phone for tests, under a name."""
    name = (await view.form()).get("name", "").strip()
    try:
        await view.calls.marked_terminals.mark(view.params["id"], name)
        view.toast(view._("Compose offers this phone for tests now."))
    except InvalidRequest as error:
        view.toast("; ".join(fault.message for fault in error.errors) or error.detail)
    return view.redirect(_path(view))


async def unmark(view: View) -> Response:
    """Take the phone off those for tests."""
    await view.calls.marked_terminals.unmark(view.params["id"])
    view.toast(view._("Compose does not offer this phone for tests any more."))
    return view.redirect(_path(view))


async def opt_out(view: View) -> Response:
    """Opt the phone, or its person, out of a category, or take that back."""
    form, terminal_id = await view.form(), view.params["id"]
    names = {way: [form[way].strip()] for way in ("add", "remove") if form.get(way)}
    change: types.OptOutChange = {"add": names.get("add", []), "remove": names.get("remove", [])}
    terminal = await view.calls.terminals.get(terminal_id)
    user = terminal["user"]
    try:
        if form.get("whose") == "person" and user:
            await view.calls.users.change(user, {"opt_out": change})
        else:
            await view.calls.terminals.change(terminal_id, {"opt_out": change})
        view.toast(view._("The opt-outs are changed."))
    except (InvalidRequest, Conflict) as error:
        view.toast("; ".join(fault.message for fault in error.errors) or error.detail)
    return view.redirect(_path(view))


async def quiet_hours(view: View) -> Response:
    """Set the quiet hours of the phone's person; empty fields remove them."""
    form, terminal = await view.form(), await view.calls.terminals.get(view.params["id"])
    begin, end, user = form.get("begin", "").strip(), form.get("end", "").strip(), terminal["user"]
    hours: types.PersonalQuietHours | None = {"begin": begin, "end": end} if begin or end else None
    try:
        if user:
            await view.calls.users.change(user, {"quiet_hours": hours})
            view.toast(view._("The quiet hours are changed."))
    except InvalidRequest:
        view.toast(view._("Quiet hours begin and end at a quarter of an hour, such as 22:00 and 07:30."))
    except Conflict as error:
        view.toast(error.detail)
    return view.redirect(_path(view))


async def erase(view: View) -> Response:
    """Erase the phone's person, or the phone where it belongs to nobody."""
    terminal_id = view.params["id"]
    terminal = await _registered(view)
    user = terminal["user"] if terminal else None
    if (await view.form()).get("sure", "").strip() != (user or terminal_id):
        view.toast(view._("Nothing was erased: the name was not typed."))
        return view.redirect(_path(view))
    if user is None:
        await view.calls.terminals.delete(terminal_id)
        view.toast(view._("{name} is erased.", name=terminal_id))
        return view.redirect("/audience")
    done = await view.calls.users.erase(user)
    for _ in range(_MAX_ERASURES):
        if done["complete"]:
            break
        done = await view.calls.users.erase(user)
    if done["complete"]:
        view.toast(view._("{name} is erased.", name=user))
    else:
        view.toast(view._("The erasure of {name} is not complete yet: erase once more.", name=user))
    return view.redirect("/audience")


async def _registered(view: View) -> types.Terminal | None:
    try:
        return await view.calls.terminals.get(view.params["id"])
    except NotFound:
        return None


async def _person(view: View, terminal: types.Terminal | None) -> types.UserPage | None:
    if terminal is None or terminal["user"] is None:
        return None
    try:
        return await view.calls.users.get(terminal["user"], limit=20)
    except NotFound:
        return None


async def _mark(view: View) -> types.MarkedTerminal | None:
    try:
        return await view.calls.marked_terminals.get(view.params["id"])
    except NotFound:
        return None


async def _pushes(view: View, entries: Sequence[types.HistoryEntry]) -> list[Push]:
    shown = entries[:_SHOWN]
    titles = await asyncio.gather(*(_title(view, entry["message"]) for entry in shown))
    return [_push(view, entry, title) for entry, title in zip(shown, titles, strict=True)]


async def _title(view: View, message_id: str) -> Title:
    try:
        return title_of(await view.calls.messages.get(message_id), view.language)
    except ApiError:
        return Title("", "")


def _push(view: View, entry: types.HistoryEntry, title: Title) -> Push:
    push = entry["push"]
    way: list[tuple[str, str | None]] = [(push["state"], push.get("since"))]
    came: dict[str, object] = {**push}
    when = cast("dict[str, str]", push.get("receipt_times", {}))
    way += [(name, when.get(name)) for name in _RECEIPTS if came[name]]
    failure = push.get("failure")
    why = (
        say_code(push["vendor"], failure["code"], push["state"], failure.get("reason"), view.words)
        if failure
        else ""
    )
    return Push(message=entry["message"], title=title, at=entry.get("push_time"), way=way, why=why)


def _diagnosis(view: View, diagnosis: types.Diagnosis) -> dict[str, object]:
    said = [(severity(one), *say_finding(one, view.words, view.language)) for one in diagnosis["findings"]]
    said.sort(key=lambda one: SEVERITIES.index(one[0]))
    return {"findings": said, "can_ask": bool(diagnosis["terminal"]["registered"])}


def _is_unknown(diagnosis: types.Diagnosis) -> bool:
    return any(one["code"] == "unknown_terminal" for one in diagnosis["findings"])


def _path(view: View) -> str:
    return view.path.rpartition("/")[0]


routes = [
    page(_PATH, show_terminal, scope="terminals:read"),
    action(f"{_PATH}/ask-vendor", ask_vendor, scope="push"),
    part(f"{_PATH}/test", show_test, scope="push"),
    action(f"{_PATH}/test", send_test, scope="push"),
    action(f"{_PATH}/mark", mark, scope="terminals:write"),
    action(f"{_PATH}/unmark", unmark, scope="terminals:write"),
    action(f"{_PATH}/opt-out", opt_out, scope="terminals:write"),
    action(f"{_PATH}/quiet-hours", quiet_hours, scope="terminals:write"),
    action(f"{_PATH}/erase", erase, scope="terminals:write"),
]
