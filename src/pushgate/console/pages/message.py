"""A message: what became of it, how it arrived, as it was sent, why some did not get it."""

from datetime import datetime
from functools import partial

from starlette.responses import Response

from pushgate.console.arrival import chart_arrival
from pushgate.console.audience_texts import say_audience
from pushgate.console.chart_texts import write_chart
from pushgate.console.flights import read_flight
from pushgate.console.funnel import build_funnel
from pushgate.console.language_names import language_name, own_name
from pushgate.console.message_actions import find_actions, say_actions
from pushgate.console.message_groups import list_contents, list_groups
from pushgate.console.outcomes import count, count_failed
from pushgate.console.reading import address, count_audience, read_message
from pushgate.console.reasons import list_reasons, say_reason
from pushgate.console.routing import live, page
from pushgate.console.state_texts import Bars
from pushgate.console.titles import title_of
from pushgate.console.vendor_renderings import list_renderings
from pushgate.console.verdict import speak
from pushgate.console.view import View
from pushgate_client.types import Results, TrackedMessage

_MAX_ROWS = 14
"""A table of vendors and languages with more rows is shown by vendor at first."""
_MOVING = ("dispatching", "sending")


async def show_message(view: View) -> Response:
    """Show the whole page."""
    return view.page("message.html", **await _values_of(view))


async def show_live(view: View) -> Response:
    """Show the part of the page that moves."""
    return view.part("message_live.html", **await _values_of(view))


async def _values_of(view: View) -> dict[str, object]:
    message, results = await read_message(view)
    values = _values(view, message, results)
    if message["status"] == "scheduled":
        values["phones"] = await count_audience(view.calls, message)
    return values


def _values(view: View, message: TrackedMessage, results: Results) -> dict[str, object]:
    words, counts = view.words, count(results)
    push_time = datetime.fromisoformat(message["push_time"]) if message["push_time"] else None
    flight = read_flight(message, results, view.now, view.language)
    by_step = view.query.get("scale") == "step"
    chart = chart_arrival(results["timeline"], by_step=by_step)
    reasons = [say_reason(reason, words) for reason in list_reasons(results["failures"])]
    return {
        "message": message,
        "title": title_of(message, view.language),
        "results": results,
        "experiment": results.get("experiment"),
        "steps": results.get("steps"),
        "canary": results.get("canary"),
        "counts": counts,
        "bars": Bars(words),
        "is_moving": message["status"] in _MOVING,
        "actions": say_actions(find_actions(message, results), words),
        "funnel": build_funnel(results, push_time, words),
        "flight": flight,
        "waiting": [speak(one, words) for one in flight.waiting],
        "chart": write_chart(chart, words) if chart else None,
        "by_step": by_step,
        "contents": list_contents(message, results["groups"]),
        "audience": say_audience(message["audience"], words),
        "groups": list_groups(results["groups"]),
        "by_language": _is_by_language(view, results),
        "here": partial(address, view, f"/messages/{message['id']}"),
        "live_address": address(view, f"/messages/{message['id']}/live"),
        "renderings": list_renderings(message, results["groups"]),
        "failed": count_failed(counts),
        "reasons": [reason for reason in reasons if not reason.needs_nothing],
        "harmless": [reason for reason in reasons if reason.needs_nothing],
        "language_name": lambda tag: language_name(tag, view.language),
        "own_name": own_name,
        "phones": None,
    }


def _is_by_language(view: View, results: Results) -> bool:
    """Return whether the table of groups has a row for each language."""
    wanted = view.query.get("rows")
    return wanted == "languages" or (wanted is None and len(results["groups"]) <= _MAX_ROWS)


routes = [
    page("/messages/{id}", show_message, scope="read"),
    live("/messages/{id}/live", show_live, scope="read"),
]
