"""Reads what several pages show: first items of a list, messages with their results, sizes of
audiences.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar, cast
from urllib.parse import urlencode

from pushgate.console.view import View
from pushgate_client.async_client import AsyncPushgate
from pushgate_client.errors import ApiError, NotFound
from pushgate_client.types import AudienceBody, Results, TrackedMessage

_Item = TypeVar("_Item")


async def take(items: AsyncIterator[_Item], number: int) -> list[_Item]:
    """Return the first items, at most `number`."""
    taken: list[_Item] = []
    async for item in items:
        taken.append(item)
        if len(taken) == number:
            break
    return taken


async def read_message(view: View) -> tuple[TrackedMessage, Results]:
    """Return the message that the path of the page names, with its results."""
    calls, message_id = view.calls, view.params["id"]
    message, results = await asyncio.gather(
        calls.messages.get(message_id), calls.messages.results(message_id)
    )
    return message, results


async def read_results(
    calls: AsyncPushgate, messages: Sequence[TrackedMessage]
) -> list[tuple[TrackedMessage, Results]]:
    """Return messages with their results, without those that are gone by now."""
    results = await asyncio.gather(*(_results(calls, message["id"]) for message in messages))
    return [(message, row) for message, row in zip(messages, results, strict=True) if row]


async def count_audience(calls: AsyncPushgate, message: TrackedMessage) -> int | None:
    """Return how many terminals the audience of a message holds now. None where that is not known:
    the content was dropped, or the key may not count.
    """
    audience = message["audience"]
    if audience is None:
        return None
    for listed in (audience.get("terminals"), audience.get("tokens")):
        if isinstance(listed, int):
            return listed
    try:
        whole = await calls.messages.get(message["id"], include="audience")
        if whole["audience"] is None:
            return None
        return (await calls.audiences.count(cast("AudienceBody", whole["audience"])))["total"]
    except ApiError:
        return None


async def _results(calls: AsyncPushgate, message_id: str) -> Results | None:
    try:
        return await calls.messages.results(message_id)
    except NotFound:
        return None


def address(view: View, path: str = "", **changes: str | None) -> str:
    """Return the address of the page, or of another path, with other parameters; None takes one
    away.
    """
    query = {name: value for name, value in {**view.query, **changes}.items() if value}
    return (path or view.path) + (f"?{urlencode(query)}" if query else "")
