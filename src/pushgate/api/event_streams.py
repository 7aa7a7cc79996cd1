"""Readers of events over HTTP: long polls, and server-sent events
(https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable, Unauthorized
from pushgate.events.arrivals import Arrivals
from pushgate.events.cursor import Cursor
from pushgate.events.event import Event
from pushgate.events.feed import MAX_LIMIT, EventFeed, Page
from pushgate.events.wanted import Wanted

HEARTBEAT_SECONDS = 15.0
_RETRY = b"retry: 1000\n"
_HEARTBEAT = b": still here\n\n"
_SCAN_SECONDS = 2.0
"""Seconds for which one poll skips events that are not wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReader:
    """A reader of an app's events. `authorize` raises Unauthorized once the reader's API key is
    gone.
    """

    feed: EventFeed
    arrivals: Arrivals
    app: App
    wanted: Wanted
    authorize: Callable[[], Awaitable[object]]

    async def poll(self, cursor: Cursor, limit: int, wait_seconds: float) -> Page:
        """The next events. Waits at most `wait_seconds` if there are none yet.

        Raises Unauthorized, EngineUnavailable.
        """
        clock = asyncio.get_running_loop().time
        wait_until, scan_until = clock() + wait_seconds, clock() + max(wait_seconds, _SCAN_SECONDS)
        while True:
            page = await self.feed.read(self.app, cursor, self.wanted, limit)
            cursor = page.cursor
            if page.events or self.arrivals.is_closed or clock() >= scan_until:
                return page
            left = wait_until - clock()
            if page.is_end and left <= 0:
                return page
            if page.is_end:
                await self.arrivals.wait(self.app, cursor, left)
                await self.authorize()

    async def stream(self, cursor: Cursor) -> AsyncIterator[bytes]:
        """All events from a cursor on as server-sent events, until the process stops, the key is
        gone or Redis does not answer: then the reader connects again.

        The last event of each portion has the cursor as its id. A portion is made once the one
        before is sent.
        """
        told = cursor.text(self.app)
        yield _RETRY + _id(told)
        while not self.arrivals.is_closed:
            try:
                await self.feed.keep(self.app)
                page = await self.poll(cursor, MAX_LIMIT, HEARTBEAT_SECONDS)
            except (EngineUnavailable, Unauthorized):
                return
            cursor, text = page.cursor, page.cursor.text(self.app)
            if page.events:
                yield b"".join(map(_event, page.events[:-1])) + _event(page.events[-1], text)
            else:
                yield _HEARTBEAT if text == told else _id(text)
            told = text


def _event(event: Event, cursor: str | None = None) -> bytes:
    head = f"id: {cursor}\n" if cursor else ""
    return f"{head}event: {event.type.value}\ndata: ".encode() + event.json + b"\n\n"


def _id(cursor: str) -> bytes:
    """An event without data: it moves the reader's last event id, and clients do not report it."""
    return f"id: {cursor}\n\n".encode()
