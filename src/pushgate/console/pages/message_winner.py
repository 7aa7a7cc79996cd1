"""The rest of a message gets one of its variants now, before its time is over: asked first, with
the number of terminals.
"""

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from pushgate.console.message_actions import is_confirmed, seen_number
from pushgate.console.reading import read_message
from pushgate.console.routing import action, part
from pushgate.console.view import View
from pushgate_client.errors import Conflict
from pushgate_client.types import Experiment


async def ask_decide(view: View) -> Response:
    """Ask which variant the rest is to get. The query may name one."""
    return await _ask(view, chosen=view.query.get("variant", ""))


async def decide(view: View) -> Response:
    """Give the rest the chosen variant."""
    form = await view.form()
    _, results = await read_message(view)
    chosen, number = form.get("variant", ""), _waiting(results.get("experiment"))
    is_sure = is_confirmed(form, number, view.site.settings.confirm_above)
    if chosen not in _names(results.get("experiment")):
        return await _ask(view, fault=view._("Choose one of them."))
    if number > seen_number(form) or not is_sure:
        return await _ask(view, chosen=chosen, moved=True)
    try:
        await view.calls.messages.decide(view.params["id"], chosen)
    except Conflict as error:
        return await _ask(view, chosen=chosen, fault=error.detail)
    text = view.ngettext("{n} phone gets {name} now", "{n} phones get {name} now", number, name=chosen)
    view.toast(text)
    return view.redirect(f"/messages/{view.params['id']}")


async def _ask(view: View, *, chosen: str = "", fault: str = "", moved: bool = False) -> Response:
    message, results = await read_message(view)
    experiment = results.get("experiment")
    number = _waiting(experiment)
    values: Mapping[str, object] = {
        "message": message,
        "obstacle": "" if number else view._("Nobody waits for a variant."),
        "names": _names(experiment),
        "chosen": chosen,
        "number": number,
        "confirm_above": view.site.settings.confirm_above,
        "fault": fault,
        "moved": moved,
    }
    return view.part("ask_decide.html", **values)


def _names(experiment: Experiment | None) -> Sequence[str]:
    return [one["name"] for one in experiment["variants"]] if experiment else []


def _waiting(experiment: Experiment | None) -> int:
    """Return how many terminals wait for a winner."""
    winner = experiment.get("winner") if experiment else None
    return winner["rest"]["pending"] if winner and winner["variant"] is None else 0


routes = [
    part("/messages/{id}/decide", ask_decide, scope="push"),
    action("/messages/{id}/decide", decide, scope="push"),
]
