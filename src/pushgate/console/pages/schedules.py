"""Schedules: the list, one with its next instants and runs, and the form that writes one."""

import json
from functools import partial
from typing import cast

from starlette.responses import Response

from pushgate.console.json_text import parse_json
from pushgate.console.routing import action, page
from pushgate.console.view import View
from pushgate_client import types
from pushgate_client.errors import Conflict, InvalidRequest, NotFound

_SHOWN_RUNS = 50
_UPCOMING = 10
_EXAMPLE = {
    "content": {"en": {"title": "Good morning", "body": "Offers of the day"}},
    "audience": {"all": True},
}
_NEW = {"id": "", "cron": "30 9 * * 1-5", "missed": "latest", "overlap": "send", "start": "", "end": ""}
_FIELDS = ("id", "cron", "timezone", "missed", "overlap", "start", "end", "message")


async def show_schedules(view: View) -> Response:
    """Show all schedules with their next runs."""
    found = [one async for one in view.calls.schedules.list()]
    return view.page("schedules.html", schedules=found)


async def show_schedule(view: View) -> Response:
    """Show a schedule, its next instants, and what became of the last ones."""
    schedule = await view.calls.schedules.get(view.params["id"], upcoming=_UPCOMING)
    runs: list[types.Run] = []
    async for run in view.calls.schedules.runs(view.params["id"], page_size=_SHOWN_RUNS):
        runs.append(run)
        if len(runs) == _SHOWN_RUNS:
            break
    return view.page("schedule.html", schedule=schedule, runs=runs, message=_text(schedule["message"]))


async def show_form(view: View) -> Response:
    """Show the form of a new schedule, or that of the one that `id` names."""
    if name := view.query.get("id"):
        schedule = await view.calls.schedules.get(name, upcoming=0)
        typed = {key: value or "" for key, value in schedule.items() if key in _FIELDS}
        typed["message"] = _text(schedule["message"])
    else:
        typed = {**_NEW, "timezone": view.zone.key, "message": _text(_EXAMPLE)}
    return view.page("schedule_form.html", typed=typed, faults={}, replaces=name or "")


async def write(view: View) -> Response:
    """Create a schedule, or replace the one whose form this is."""
    form = await view.form()
    typed = {name: form.get(name, "").strip() for name in _FIELDS}
    refuse = partial(_refuse, view, typed, form.get("replaces", ""))
    if fault := await _fault_of_id(view, typed["id"], form.get("replaces", "")):
        return refuse({"id": fault})
    try:
        message = parse_json(typed["message"])
    except ValueError:
        return refuse({"message": view._("This is not JSON.")})
    body = {name: typed[name] for name in ("cron", "timezone", "missed", "overlap")}
    bounds = {name: typed[name] or None for name in ("start", "end")}
    schedule = cast("types.ScheduleBody", {**body, **bounds, "message": message})
    try:
        await view.calls.schedules.put(typed["id"], schedule)
    except InvalidRequest as error:
        return refuse(_faults(error))
    except Conflict as error:
        return refuse({"": str(error)})
    view.toast(view._("The schedule is stored."))
    return view.redirect(f"/schedules/{typed['id']}")


async def pause(view: View) -> Response:
    """Make no runs until the schedule is resumed."""
    await view.calls.schedules.pause(view.params["id"])
    view.toast(view._("Paused. Its instants pass."))
    return view.redirect(f"/schedules/{view.params['id']}")


async def resume(view: View) -> Response:
    """Go on with a paused schedule."""
    await view.calls.schedules.resume(view.params["id"])
    view.toast(view._("Resumed with the next instant."))
    return view.redirect(f"/schedules/{view.params['id']}")


async def delete(view: View) -> Response:
    """Delete a schedule. Messages that it made stay."""
    await view.calls.schedules.delete(view.params["id"])
    view.toast(view._("Deleted. Messages that it made stay."))
    return view.redirect("/schedules")


async def _fault_of_id(view: View, wanted: str, replaces: str) -> str:
    """What is wrong with the id of a new schedule: a form that began as a new one replaces none."""
    if not wanted:
        return view._("Write an id.")
    if wanted == replaces:
        return ""
    try:
        await view.calls.schedules.get(wanted, upcoming=0)
    except (NotFound, InvalidRequest):
        return ""
    return view._("There is a schedule with this id: open it to change it.")


def _refuse(view: View, typed: dict[str, str], replaces: str, faults: dict[str, str]) -> Response:
    return view.page("schedule_form.html", 422, typed=typed, faults=faults, replaces=replaces)


def _faults(error: InvalidRequest) -> dict[str, str]:
    """What is wrong, by field of the form; that of a message names its place."""
    found: dict[str, str] = {}
    for fault in error.errors:
        field, _, place = fault.field.partition(".")
        name = "id" if field == "schedule_id" else field
        said = f"{place}: {fault.message}" if place else fault.message
        found.setdefault(name if name in _FIELDS else "", said)
    return found


def _text(message: object) -> str:
    return json.dumps(message, indent=2, ensure_ascii=False)


routes = [
    page("/schedules", show_schedules, scope="read"),
    page("/schedules/new", show_form, scope="push"),
    action("/schedules/new", write, scope="push"),
    page("/schedules/{id}", show_schedule, scope="read"),
    action("/schedules/{id}/pause", pause, scope="push"),
    action("/schedules/{id}/resume", resume, scope="push"),
    action("/schedules/{id}/delete", delete, scope="push"),
]
