"""Who got a message and who did not: a page of terminals by state, and all of them as CSV."""

from functools import partial

from starlette.responses import Response

from pushgate.console.downloads import download
from pushgate.console.marking import N_
from pushgate.console.outcomes import count, count_failed
from pushgate.console.reading import address
from pushgate.console.reasons import say_code
from pushgate.console.routing import page, part
from pushgate.console.view import View
from pushgate_client.types import Results

FILTERS = {
    "failed": N_("did not get it"),
    "pending": N_("pending"),
    "delivered": N_("delivered"),
    "clicked": N_("clicked"),
    "not_clicked": N_("not clicked"),
    "cancelled": N_("cancelled"),
    "targeted": N_("everyone"),
}
"""By the API's filter, what it is called. English, for the catalogue."""
_STATES = ("accepted", "invalid", "rejected", "expired", "muted", "gone", "recalled", "not_delivered")
_SHOWN = 10


async def show_terminals(view: View) -> Response:
    """Show some terminals of the message in a state."""
    calls, message_id = view.calls, view.params["id"]
    state = _state(view)
    results = await calls.messages.results(message_id)
    found = await calls.messages.terminal_page(
        message_id, state=state, cursor=view.query.get("after"), limit=_SHOWN
    )
    numbers = _numbers(results)
    return view.part(
        "message_who.html",
        message_id=message_id,
        state=state,
        terminals=[
            (one, say_code(one["vendor"], one["code"], one["state"], one["reason"], view.words))
            for one in found["terminals"]
        ],
        following=found["next_cursor"],
        is_later="after" in view.query,
        filters={
            name: view._(text) for name, text in FILTERS.items() if numbers.get(name, 1) or name == state
        },
        numbers=numbers,
        here=partial(address, view),
    )


async def download_terminals(view: View) -> Response:
    """Give all terminals in a state as CSV, as the API lists them."""
    message_id, state = view.params["id"], _state(view)
    pieces = view.calls.messages.terminals_csv(message_id, state=state)
    return await download(pieces, name=f"{message_id}-{state}.csv", media_type="text/csv")


def _state(view: View) -> str:
    state = view.query.get("state", "failed")
    return state if state in FILTERS or state in _STATES else "failed"


def _numbers(results: Results) -> dict[str, int]:
    """Return how many terminals are in each list, as far as the results say."""
    counts = count(results)
    return {
        **counts,
        "failed": count_failed(counts),
        "recalled": results["recalled"],
        "muted": results["muted"],
        "gone": results["gone"],
    }


routes = [
    part("/messages/{id}/terminals", show_terminals, scope="read"),
    page("/messages/{id}/terminals.csv", download_terminals, scope="read"),
]
