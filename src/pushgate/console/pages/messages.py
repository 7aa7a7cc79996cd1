"""The messages of an app, newest first, by status, words and period."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from starlette.responses import Response

from pushgate.console.outcomes import Counts, count
from pushgate.console.reading import address, count_audience, read_results
from pushgate.console.routing import page
from pushgate.console.state_texts import Bars
from pushgate.console.titles import Title, other_title, title_of
from pushgate.console.view import View
from pushgate_client.async_client import AsyncPushgate
from pushgate_client.types import Results, Status, TrackedMessage

STATUSES: Sequence[Status] = ("scheduled", "dispatching", "sending", "paused", "sent", "cancelled")
PERIODS = {"today": timedelta(), "week": timedelta(days=7), "month": timedelta(days=30)}
"""By name, how far back the list goes; `today` goes back to midnight."""
_SHOWN = 12
_MAX_PAGES = 8
"""How many pages one request reads where a filter leaves little of each."""
_MAX_WORDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    status: Status | None
    words: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message of the list. `counts` are of its audience while it is scheduled."""

    message: TrackedMessage
    title: Title
    other: Title | None
    counts: Counts | None
    delivered: float | None
    clicked: float | None


async def show_messages(view: View) -> Response:
    """Show the messages that the filter leaves."""
    wanted, cursor = _filter(view), view.query.get("after")
    (found, following), status = await asyncio.gather(
        _search(view.calls, wanted, cursor), view.calls.operations.status()
    )
    return view.page(
        "messages.html",
        rows=await _rows(view, found),
        bars=Bars(view.words),
        following=following,
        is_later=cursor is not None,
        numbers=status.get("messages"),
        wanted=wanted,
        period=view.query.get("since", ""),
        here=partial(address, view),
    )


def _filter(view: View) -> _Filter:
    status, period = view.query.get("status", ""), view.query.get("since", "")
    since = None
    if period in PERIODS:
        midnight = view.words.local(view.now).replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight - PERIODS[period]
    return _Filter(
        status=cast("Status", status) if status in STATUSES else None,
        words=view.query.get("q", "").strip()[:_MAX_WORDS],
        since=since,
    )


async def _search(
    calls: AsyncPushgate, wanted: _Filter, cursor: str | None
) -> tuple[list[TrackedMessage], str | None]:
    """Return the next messages that the filter leaves, and where to go on."""
    found: list[TrackedMessage] = []
    for _ in range(_MAX_PAGES):
        portion = await calls.messages.page(
            status=wanted.status,
            words=wanted.words or None,
            created_after=wanted.since,
            cursor=cursor,
            limit=_SHOWN - len(found),
        )
        found += portion["messages"]
        cursor = portion["next_cursor"]
        if cursor is None or len(found) == _SHOWN:
            break
    return found, cursor


async def _rows(view: View, messages: Sequence[TrackedMessage]) -> list[Row]:
    scheduled = [message for message in messages if message["status"] == "scheduled"]
    calls = view.calls
    numbers, results = await asyncio.gather(
        asyncio.gather(*(count_audience(calls, message) for message in scheduled)),
        read_results(calls, [message for message in messages if message["status"] != "scheduled"]),
    )
    targeted = {message["id"]: number for message, number in zip(scheduled, numbers, strict=True)}
    by_id = {message["id"]: row for message, row in results}
    return [
        _row(message, by_id.get(message["id"]), targeted.get(message["id"]), view.language)
        for message in messages
    ]


def _row(message: TrackedMessage, results: Results | None, targeted: int | None, language: str) -> Row:
    counts = count(results) if results else None
    if targeted is not None:
        counts = dict.fromkeys(("accepted", "invalid", "rejected", "expired", "cancelled"), 0) | {
            "targeted": targeted,
            "pending": targeted,
            "delivered": 0,
            "clicked": 0,
        }
    accepted = results["accepted"] if results else 0
    return Row(
        message=message,
        title=title_of(message, language),
        other=other_title(message, language),
        counts=counts,
        delivered=results["delivered"] / accepted if results and accepted else None,
        clicked=results["click_through_rate"] if results else None,
    )


routes = [page("/messages", show_messages, scope="read")]
