"""What is done with a message: cancel, reschedule, send again, recall. Each is asked first, with
the number of terminals; a number that has grown since is asked again. Pausing is not asked: it can
be undone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from starlette.responses import Response

from pushgate.console.message_actions import (
    RETRIED,
    find_actions,
    is_confirmed,
    recalled_by_vendor,
    retried_by_state,
    say_actions,
    seen_number,
)
from pushgate.console.reading import count_audience, read_message
from pushgate.console.reasons import count_hopeless
from pushgate.console.routing import action, part
from pushgate.console.view import View
from pushgate_client.errors import Conflict, InvalidRequest
from pushgate_client.types import BestHourPushTime, LocalPushTime, Passed, Results, RetryBody, TrackedMessage

_TTLS = tuple(timedelta(hours=hours) for hours in (1, 4, 24, 72))
"""For how long a message that is sent again may be tried."""
_MAX_DIGITS = 12
"""Of a number in a form; the API says what it takes."""


async def ask_cancel(view: View) -> Response:
    """Ask whether what is pending is to be cancelled."""
    message, results = await read_message(view)
    if message["status"] == "scheduled":
        number = await count_audience(view.calls, message)
    else:
        number = results["pending"]
    return _ask(view, "cancel", message, results, number=number)


async def cancel(view: View) -> Response:
    """Cancel what is pending."""
    calls, message_id = view.calls, view.params["id"]
    await calls.messages.cancel(message_id)
    results = await calls.messages.results(message_id)
    if results["status"] == "sent":
        text = view._("No further step of its escalation comes")
    elif results["cancelled"]:
        text = view.ngettext("Cancelled for {n} phone", "Cancelled for {n} phones", results["cancelled"])
    else:
        text = view._("Cancelled before it went to anybody")
    return _done(view, text)


async def pause(view: View) -> Response:
    """Send nothing more until the message is resumed."""
    await view.calls.messages.pause(view.params["id"])
    return _done(view, view._("Paused: what is pending waits until you resume it"))


async def resume(view: View) -> Response:
    """Go on with a paused message."""
    await view.calls.messages.resume(view.params["id"])
    return _done(view, view._("Resumed"))


async def ask_reschedule(view: View) -> Response:
    """Ask when the message is to go instead."""
    message, results = await read_message(view)
    return await _ask_reschedule(view, message, results)


async def reschedule(view: View) -> Response:
    """Give the message another push time."""
    calls, form = view.calls, await view.form()
    push_time = _push_time(form, view.zone)
    if push_time is None:
        return await _ask_reschedule(view, *await read_message(view), fault=view._("Say a day and a time."))
    try:
        changed = await calls.messages.change(view.params["id"], {"push_time": push_time})
    except InvalidRequest as error:
        fault = "; ".join(one.message for one in error.errors) or error.detail
        return await _ask_reschedule(view, *await read_message(view), fault=fault)
    except Conflict as error:
        return await _ask_reschedule(view, *await read_message(view), fault=error.detail)
    return _done(
        view, view._("It goes {moment}", moment=view.words.moment(changed["push_time"], inside=True))
    )


def _push_time(form: Mapping[str, str], zone: ZoneInfo) -> str | LocalPushTime | BestHourPushTime | None:
    """Return the push time that is written; None where that is none."""
    if within := form.get("within"):
        best_hour: BestHourPushTime = {"best_hour_within": within}
        fallback = form.get("best_hour_fallback")
        return {**best_hour, "fallback": fallback} if fallback else best_hour
    try:
        written = datetime.fromisoformat(form.get("at", ""))
    except ValueError:
        return None
    if passed := form.get("local"):
        return {"local": written.isoformat(), "passed": cast("Passed", passed)}
    return written.replace(tzinfo=zone).isoformat()


async def ask_retry(view: View) -> Response:
    """Ask to whom the message is to be sent again. The query has what is chosen so far."""
    message, results = await read_message(view)
    chosen = None
    if "seen" in view.query:
        chosen = {state: view.query.get(state) == "on" for state in retried_by_state(results)}
    return _ask_retry(view, message, results, chosen=chosen)


async def retry(view: View) -> Response:
    """Send the message again to its failures."""
    form = await view.form()
    message, results = await read_message(view)
    by_state = retried_by_state(results)
    states = [state for state in by_state if form.get(state) == "on" and by_state[state]]
    number = sum(by_state[state] for state in states)
    if not states:
        return _ask_retry(view, message, results, fault=view._("Choose at least one of them."))
    if number > seen_number(form) or not is_confirmed(form, number, view.site.settings.confirm_above):
        chosen = {state: state in states for state in by_state}
        return _ask_retry(view, message, results, chosen=chosen, moved=True)
    body: RetryBody = {"states": [state for state in ("invalid", "rejected", "expired") if state in states]}
    if (ttl := form.get("ttl", "")).isdecimal():
        body["ttl"] = int(ttl[:_MAX_DIGITS])
    sent = await view.calls.messages.retry(view.params["id"], body)
    return _done(
        view,
        view.ngettext("Being sent again to {n} phone", "Being sent again to {n} phones", sent["terminals"]),
    )


async def ask_recall(view: View) -> Response:
    """Ask whether the message is to be taken back."""
    message, results = await read_message(view)
    return _ask_recall(view, message, results)


async def recall(view: View) -> Response:
    """Take the message back from the phones whose vendor can."""
    form = await view.form()
    message, results = await read_message(view)
    can, _ = recalled_by_vendor(results)
    if sum(can.values()) > seen_number(form):
        return _ask_recall(view, message, results, moved=True)
    done = await view.calls.messages.recall(view.params["id"])
    text = view.ngettext("Recalled from {n} phone", "Recalled from {n} phones", done["recalled"])
    if left := sum(row["left"] for row in done["vendors"] if row["can_recall"]):
        text += view._("; {n} are left, recall again", n=left)
    return _done(view, text)


def _ask_recall(view: View, message: TrackedMessage, results: Results, *, moved: bool = False) -> Response:
    can, cannot = recalled_by_vendor(results)
    return _ask(
        view,
        "recall",
        message,
        results,
        number=sum(can.values()),
        can=can,
        cannot=cannot,
        moved=moved,
    )


def _ask_retry(
    view: View,
    message: TrackedMessage,
    results: Results,
    *,
    chosen: Mapping[str, bool] | None = None,
    fault: str = "",
    moved: bool = False,
) -> Response:
    by_state = retried_by_state(results)
    if chosen is None:
        chosen = {state: state in RETRIED and bool(number) for state, number in by_state.items()}
    return _ask(
        view,
        "retry",
        message,
        results,
        number=sum(number for state, number in by_state.items() if chosen[state]),
        by_state=by_state,
        chosen=chosen,
        hopeless=count_hopeless(results["failures"]),
        ttls=_ttls(message),
        confirm_above=view.site.settings.confirm_above,
        fault=fault,
        moved=moved,
    )


async def _ask_reschedule(
    view: View, message: TrackedMessage, results: Results, *, fault: str = ""
) -> Response:
    return _ask(
        view,
        "reschedule",
        message,
        results,
        number=await count_audience(view.calls, message),
        at=_present_time(view, message),
        fault=fault,
    )


def _present_time(view: View, message: TrackedMessage) -> datetime:
    """Return the push time as the reader's clocks show it, or as each phone's own clocks do."""
    if local := message.get("local_push_time"):
        return datetime.fromisoformat(local["local"])
    return view.words.local(message["push_time"] or view.now)


def _ask(view: View, name: str, message: TrackedMessage, results: Results, **values: object) -> Response:
    actions = say_actions(find_actions(message, results), view.words)
    obstacle = getattr(actions, name).obstacle
    return view.part(f"ask_{name}.html", message=message, results=results, obstacle=obstacle, **values)


def _done(view: View, text: str) -> Response:
    view.toast(text)
    return view.redirect(f"/messages/{view.params['id']}")


def _ttls(message: TrackedMessage) -> list[timedelta]:
    """Return the choices of a time to live, the message's own first."""
    own = timedelta(seconds=message["options"]["ttl"]) if message["options"] else _TTLS[-1]
    return [own, *(ttl for ttl in _TTLS if ttl != own)]


routes = [
    part("/messages/{id}/cancel", ask_cancel, scope="push"),
    action("/messages/{id}/cancel", cancel, scope="push"),
    action("/messages/{id}/pause", pause, scope="push"),
    action("/messages/{id}/resume", resume, scope="push"),
    part("/messages/{id}/reschedule", ask_reschedule, scope="push"),
    action("/messages/{id}/reschedule", reschedule, scope="push"),
    part("/messages/{id}/retry", ask_retry, scope="push"),
    action("/messages/{id}/retry", retry, scope="push"),
    part("/messages/{id}/recall", ask_recall, scope="push"),
    action("/messages/{id}/recall", recall, scope="push"),
]
