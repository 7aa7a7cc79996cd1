"""Events: what happens to terminals and messages.

Made from `async_events.py` by `make clients`; do not edit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import cast

from pushgate_client.calls import Call, delay
from pushgate_client.errors import ConnectionFailed, RateLimited, Unavailable
from pushgate_client.transport import Transport
from pushgate_client.types import Event, EventPage

_WAIT = 30


class Events:
    """The events of an app, kept for `events.retention`, 3 days where nothing else is set."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def poll(
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
        return cast("EventPage", self._transport.send(call))

    def follow(
        self, after: str | None = None, *, types: Sequence[str] = ("*",), expand: bool = False
    ) -> EventStream:
        """Return an endless stream of the events after a place. See `EventStream`."""
        return EventStream(self, after, types=types, expand=expand)


class EventStream:
    """Events one by one, without end.

    `after` is the place behind the last portion that was taken whole: store it with what you made
    of the events, and give it to `follow` after a restart. Events of the portion that was begun
    come again then, with the same ids.

    The first call raises what goes wrong. Later, the stream goes on by itself where Pushgate is out
    of reach or asks for patience, however long that lasts; other errors are raised.
    """

    def __init__(self, events: Events, after: str | None, *, types: Sequence[str], expand: bool) -> None:
        self.after = after
        self._events, self._types, self._expand = events, types, expand

    def __iter__(self) -> Iterator[Event]:
        page = self._poll(0)
        while True:
            for event in page["events"]:
                yield event
            self.after = page["after"]
            page = self._next()

    def _next(self) -> EventPage:
        failed = 0
        while True:
            try:
                return self._poll(_WAIT)
            except (ConnectionFailed, RateLimited, Unavailable) as error:
                # Gives Pushgate time to recover, and at least the time that it asks for.
                time.sleep(delay(failed, error))
                failed += 1

    def _poll(self, wait: int) -> EventPage:
        return self._events.poll(self.after, types=self._types, wait=wait, expand=self._expand)
