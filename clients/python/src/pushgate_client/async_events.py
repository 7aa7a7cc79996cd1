"""Events: what happens to terminals and messages. `events.py` is made from this file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import cast

from pushgate_client.async_transport import AsyncTransport
from pushgate_client.calls import Call, delay
from pushgate_client.errors import ConnectionFailed, RateLimited, Unavailable
from pushgate_client.types import Event, EventPage

_WAIT = 30


class AsyncEvents:
    """The events of an app, kept for `events.retention`, 3 days where nothing else is set."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def poll(
        self,
        after: str | None = None,
        *,
        types: Sequence[str] = ("*",),
        wait: int = 0,
        limit: int | None = None,
        expand: bool = False,
    ) -> EventPage:
        """Return the next events, and as `after` where the next call goes on.

        Without `after` it begins now, with `start` at the oldest event that is kept. `wait` is in
        seconds, at most 60. `expand` gives each terminal an event of its own.
        """
        query = {
            "after": after,
            "types": ",".join(types),
            "wait": wait,
            "limit": limit,
            "expand": expand,
        }
        call = Call(method="GET", path="/v1/events", query=query, wait=float(wait))
        return cast("EventPage", await self._transport.send(call))

    def follow(
        self, after: str | None = None, *, types: Sequence[str] = ("*",), expand: bool = False
    ) -> AsyncEventStream:
        """Return an endless stream of the events after a place. See `AsyncEventStream`."""
        return AsyncEventStream(self, after, types=types, expand=expand)


class AsyncEventStream:
    """Events one by one, without end.

    `after` is the place behind the last portion that was taken whole: store it with what you made
    of the events, and give it to `follow` after a restart. Events of the portion that was begun
    come again then, with the same ids.

    The first call raises what goes wrong. Later, the stream goes on by itself where Pushgate is out
    of reach or asks for patience, however long that lasts; other errors are raised.
    """

    def __init__(self, events: AsyncEvents, after: str | None, *, types: Sequence[str], expand: bool) -> None:
        self.after = after
        self._events, self._types, self._expand = events, types, expand

    async def __aiter__(self) -> AsyncIterator[Event]:
        page = await self._poll(0)
        while True:
            for event in page["events"]:
                yield event
            self.after = page["after"]
            page = await self._next()

    async def _next(self) -> EventPage:
        failed = 0
        while True:
            try:
                return await self._poll(_WAIT)
            except (ConnectionFailed, RateLimited, Unavailable) as error:
                # Gives Pushgate time to recover, and at least the time that it asks for.
                await asyncio.sleep(delay(failed, error))
                failed += 1

    async def _poll(self, wait: int) -> EventPage:
        return await self._events.poll(self.after, types=self._types, wait=wait, expand=self._expand)
