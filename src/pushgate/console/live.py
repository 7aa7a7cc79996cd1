"""Live parts of pages: a handler's fragment as server-sent events, sent again whenever it changed.

A fragment is made again when something happened to the app, at most once a second, and every few
seconds in any case. A stream ends with its session, with the process, and after a while: then the
browser connects again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from pushgate.api.context import ApiContext
from pushgate.console.routing import Handler
from pushgate.console.view import NoAppKey, View
from pushgate.domain.app import App
from pushgate.domain.errors import PushgateError
from pushgate.eventlog.keys import all_shards
from pushgate.events.cursor import START, Cursor, Place
from pushgate_client.errors import ApiError, ConnectionFailed

MAX_STREAMS = 12
"""Streams of one session at once. Browsers open six connections to a host at most."""
MAX_ALL_STREAMS = 200
"""Streams of one process at once: each makes its fragment up to once a second."""
LIFETIME_SECONDS = 600.0
_AT_LEAST_EVERY = 5.0
_AT_MOST_EVERY = 1.0
_HEARTBEAT_SECONDS = 15.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_HEARTBEAT = b": still here\n\n"


class LiveStreams:
    """All streams of this process."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._open: Counter[str] = Counter()

    def respond(self, view: View, handler: Handler) -> Response:
        """Answer with the fragments of a handler. With too many streams already there is none: the
        part of the page stays as it is.
        """
        assert view.signed_in is not None
        own, others = self._open[view.signed_in.session_id], self._open.total()
        if own >= MAX_STREAMS or others >= MAX_ALL_STREAMS:
            return Response(status_code=204)
        return StreamingResponse(
            self._counted(view, handler), media_type="text/event-stream", headers=_HEADERS
        )

    async def _counted(self, view: View, handler: Handler) -> AsyncIterator[bytes]:
        assert view.signed_in is not None
        session_id = view.signed_in.session_id
        self._open[session_id] += 1
        try:
            async for chunk in self._stream(view, handler):
                yield chunk
        except (PushgateError, ApiError, ConnectionFailed, NoAppKey):
            return  # the browser says that the part is live no more, and connects again
        finally:
            self._open[session_id] -= 1
            if not self._open[session_id]:
                del self._open[session_id]

    async def _stream(self, view: View, handler: Handler) -> AsyncIterator[bytes]:
        clock = asyncio.get_running_loop().time
        ends_at, spoke_at, sent = clock() + LIFETIME_SECONDS, clock(), b""
        configured = self._context.catalog.apps.get(view.app)
        app = configured.app if configured else None
        while clock() < ends_at and not self._context.arrivals.is_closed:
            cursor, began_at = await self._place(app), clock()
            fragment = await _render(view, handler)
            if fragment is None:
                return
            if fragment != sent:
                yield _event(fragment)
                spoke_at, sent = clock(), fragment
            elif clock() - spoke_at >= _HEARTBEAT_SECONDS:
                yield _HEARTBEAT
                spoke_at = clock()
            await self._wait(app, cursor)
            await self._context.arrivals.pause(max(0.0, began_at + _AT_MOST_EVERY - clock()))

    async def _place(self, app: App | None) -> Cursor | None:
        """Return the ends of the app's streams of events."""
        if app is None:
            return None
        await self._context.feed.keep(app)
        ends = await self._context.stores.event_log.ends(app)
        places = {shard: Place(ends[shard]) if shard in ends else START for shard in all_shards(app)}
        return Cursor(places)

    async def _wait(self, app: App | None, cursor: Cursor | None) -> None:
        """Return once something happened to the app, or after a few seconds."""
        if app is None or cursor is None:
            await self._context.arrivals.pause(_AT_LEAST_EVERY)
        else:
            await self._context.arrivals.wait(app, cursor, _AT_LEAST_EVERY)


async def _render(view: View, handler: Handler) -> bytes | None:
    """Return the fragment as it is now; None where the session has ended."""
    assert view.signed_in is not None
    signed_in = await view.site.signing_in.look_up(view.signed_in.session_id, view.address)
    if signed_in is None or signed_in.app != view.app:
        return None
    response = await handler(View(view.site, view.request, signed_in))
    return bytes(response.body) if response.status_code == 200 else None


def _event(fragment: bytes) -> bytes:
    lines = fragment.replace(b"\r", b"").split(b"\n")
    return b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"
