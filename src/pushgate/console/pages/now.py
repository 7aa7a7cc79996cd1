"""What is happening at this moment: the verdict, today's figures, what is being sent and what comes
next, vendors and processes.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from pushgate.console.activity_chart import chart_hour
from pushgate.console.chart_texts import write_chart
from pushgate.console.fleet import count_queued, count_running, count_seen, list_parts
from pushgate.console.flights import Flight, pending_by_vendor, read_flight
from pushgate.console.outcomes import count
from pushgate.console.reading import count_audience, read_results, take
from pushgate.console.routing import live, page, part
from pushgate.console.state_texts import Bars
from pushgate.console.titles import largest_audiences, title_of
from pushgate.console.vendor_tiles import list_tiles
from pushgate.console.verdict import rank_problems, speak
from pushgate.console.view import View
from pushgate_client.types import ActivityReport, Results, SystemStatus, TrackedMessage

_READ_FLIGHTS, _SHOWN_FLIGHTS = 10, 4
_READ_SENT, _SHOWN_SENT = 30, 3
_READ_SCHEDULED, _SHOWN_SCHEDULED = 100, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    status: SystemStatus
    activity: ActivityReport | None
    flying: Sequence[tuple[TrackedMessage, Results]]
    sent: Sequence[tuple[TrackedMessage, Results]]
    """The last messages that are sent, where none is being sent."""
    has_messages: bool


async def show_now(view: View) -> Response:
    """Show the whole page."""
    return view.page("now.html", **await _values(view))


async def show_live(view: View) -> Response:
    """Show the part of the page that moves."""
    return view.part("now_live.html", **await _values(view))


async def show_next(view: View) -> Response:
    """Show the next scheduled messages with the number of phones of each."""
    calls = view.calls
    scheduled = await take(
        calls.messages.list(status="scheduled", page_size=_READ_SCHEDULED), _READ_SCHEDULED
    )
    following = sorted(scheduled, key=lambda message: message["push_time"] or "")[:_SHOWN_SCHEDULED]
    numbers = await asyncio.gather(*(count_audience(calls, message) for message in following))
    titles = [title_of(message, view.language) for message in following]
    return view.part(
        "now_next.html",
        rows=list(zip(following, titles, numbers, strict=True)),
        total=len(scheduled),
        is_all=len(scheduled) < _READ_SCHEDULED,
    )


async def _values(view: View) -> dict[str, object]:
    facts = await _read(view)
    pending = pending_by_vendor([results for _, results in facts.flying])
    troubles = rank_problems(facts.status["problems"], pending)
    flights = [read_flight(message, row, view.now, view.language) for message, row in facts.flying]
    parts = list_parts(facts.status)
    return {
        "status": facts.status,
        "bars": Bars(view.words),
        "today": facts.activity["today"] if facts.activity else None,
        "hour": write_chart(chart_hour(facts.activity["minutes"]), view.words) if facts.activity else None,
        "tiles": [
            (tile, speak(tile.trouble, view.words) if tile.trouble else None)
            for tile in (list_tiles(facts.activity, troubles, view.now) if facts.activity else [])
        ],
        "troubles": [speak(one, view.words) for one in troubles],
        "flights": [
            (flight, [speak(one, view.words) for one in flight.waiting]) for flight in _shown(flights)
        ],
        "flying": len(flights),
        "sent": [(message, title_of(message, view.language), count(row)) for message, row in facts.sent],
        "is_first": not facts.has_messages,
        "parts": parts,
        "seen": count_seen(parts),
        "queued": count_queued(facts.status),
        "running": count_running(facts.status),
        "phones": await _count_phones(view) if not facts.has_messages else None,
    }


async def _read(view: View) -> _Facts:
    operations = (view.operator or view.calls).operations
    if not view.may("read"):
        return _Facts(status=await operations.status(), activity=None, flying=[], sent=[], has_messages=True)
    calls = view.calls
    status, activity, sending, dispatching, latest = await asyncio.gather(
        operations.status(),
        calls.operations.activity(timezone=view.zone.key),
        take(calls.messages.list(status="sending", page_size=_READ_FLIGHTS), _READ_FLIGHTS),
        take(calls.messages.list(status="dispatching", page_size=_READ_FLIGHTS), _READ_FLIGHTS),
        take(calls.messages.list(page_size=1), 1),
    )
    flying = await read_results(calls, [*sending, *dispatching])
    listed = calls.messages.list(status="sent", page_size=_READ_SENT)
    sent = [] if flying else await take(listed, _READ_SENT)
    return _Facts(
        status=status,
        activity=activity,
        flying=flying,
        sent=await read_results(calls, largest_audiences(sent)[:_SHOWN_SENT]),
        has_messages=bool(latest),
    )


async def _count_phones(view: View) -> int | None:
    if not view.may("push"):
        return None
    return (await view.calls.audiences.count({"all": True}))["total"]


def _shown(flights: Sequence[Flight]) -> Sequence[Flight]:
    return sorted(flights, key=lambda flight: -flight.counts["pending"])[:_SHOWN_FLIGHTS]


routes = [
    page("/", show_now),
    live("/now/live", show_live),
    part("/now/next", show_next, scope="read"),
]
