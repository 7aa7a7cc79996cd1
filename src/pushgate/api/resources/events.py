"""`/v1/events`: what happens to the app's terminals and messages."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from pushgate.api.auth import ReadCaller, caller_of, context_of
from pushgate.api.event_streams import EventReader
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.events import EventPage
from pushgate.api.schemas.fields import Digits
from pushgate.domain.app import App, Scope
from pushgate.domain.errors import FieldError, Forbidden, InvalidRequest
from pushgate.domain.event_type import fault_of_types, types_of
from pushgate.events.cursor import MAX_TEXT, Cursor
from pushgate.events.feed import MAX_LIMIT, Page
from pushgate.events.wanted import Form, Wanted

router = APIRouter(prefix="/v1", tags=["events"])
MAX_WAIT = 60
STREAM_TYPE = "text/event-stream"
_START = "start"
_STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
_RESPONSES = response_schema(EventPage)
_RESPONSES[200]["content"][STREAM_TYPE] = {"schema": {"type": "string"}}


@router.get("/events", operation_id="list_events", responses=_RESPONSES)
async def events(
    request: Request,
    configured: ReadCaller,
    after: Annotated[
        str | None,
        Query(
            max_length=MAX_TEXT, description="`after` of the previous answer; `start`; unset = from now on"
        ),
    ] = None,
    types: Annotated[str, Query(max_length=2000, description="types with commas between them")] = "*",
    wait: Annotated[
        int | None, Digits, Query(ge=0, le=MAX_WAIT, description="seconds to wait for an event; unset = 0")
    ] = None,
    limit: Annotated[
        int | None, Digits, Query(ge=1, le=MAX_LIMIT, description=f"unset = {MAX_LIMIT}")
    ] = None,
    expand: Annotated[bool, Query(description="one event for each terminal")] = False,
    last_event_id: Annotated[str | None, Header(max_length=MAX_TEXT, include_in_schema=False)] = None,
) -> Response:
    """The events after a place, in order within each `shard`. `types` takes `*`, types, and choices
    such as `terminal.*` for all types with that beginning.

    Call without `after` to begin now, then with the `after` of each answer. `wait` holds the answer
    back until there is an event. `after=start` begins with the oldest events that are kept. `limit`
    is the approximate number of terminals that the events name together.

    With `Accept: text/event-stream` the events come as server-sent events for as long as the
    connection stays; `Last-Event-ID` takes the place of `after`.

    Without the scope `terminals:read` beside `read`, events have only the number of terminals, and
    not their ids. `expand` gives each terminal an event of its own, with its user and the message's
    data. Events are written from the first call on, and kept for `events.retention`.
    """
    context = context_of(request)
    is_stream = STREAM_TYPE in request.headers.get("accept", "").lower()
    wanted = _wanted(request, types, expand=expand)
    _check_form(is_stream, wait, limit)
    context.arrivals.require_room(configured.app)
    await context.feed.keep(configured.app)
    cursor = await _cursor(request, configured.app, (last_event_id if is_stream else None) or after)
    reader = EventReader(
        feed=context.feed,
        arrivals=context.arrivals,
        app=configured.app,
        wanted=wanted,
        authorize=lambda: _still_holds(request),
    )
    if is_stream:
        return StreamingResponse(_stream(reader, cursor), media_type=STREAM_TYPE, headers=_STREAM_HEADERS)
    with context.arrivals.reading(configured.app):
        page = await _unless_disconnected(request, reader, cursor, limit or MAX_LIMIT, wait or 0)
    return _page_response(page, configured.app)


async def _still_holds(request: Request) -> None:
    """Raise Unauthorized once the key of the request is gone. The console checks its sessions
    itself.
    """
    header = request.headers.get("authorization")
    if header is not None:
        await context_of(request).keys.authenticate(header.partition(" ")[2].strip())


def _wanted(request: Request, types: str, *, expand: bool) -> Wanted:
    """Return what the reader wants. Raises InvalidRequest, Forbidden."""
    written = [name.strip() for name in types.split(",")]
    if fault := fault_of_types(written):
        raise InvalidRequest([FieldError("types", fault)])
    sees_terminals = caller_of(request).key.may(Scope.TERMINALS_READ)
    if expand and not sees_terminals:
        raise Forbidden("the API key lacks the scope 'terminals:read', which expand needs")
    return Wanted(types_of(written), Form.EXPANDED if expand else Form.COMPACT, sees_terminals)


def _check_form(is_stream: bool, wait: int | None, limit: int | None) -> None:
    """Raise InvalidRequest for parameters that a stream would ignore."""
    given = {"wait": wait, "limit": limit} if is_stream else {}
    text = "only a poll has it: leave it out, or do not ask for text/event-stream"
    if errors := [FieldError(name, text) for name, value in given.items() if value is not None]:
        raise InvalidRequest(errors)


async def _cursor(request: Request, app: App, after: str | None) -> Cursor:
    """Return where the reader is. Raises InvalidRequest, EngineUnavailable."""
    if after is None:
        return await context_of(request).feed.begin(app)
    if after == _START:
        return Cursor.start(app)
    try:
        return Cursor.parse(after, app)
    except ValueError as error:
        text = "is not one that this call gave out: leave it out to begin now, or send `start`"
        raise InvalidRequest([FieldError("after", text)]) from error


async def _unless_disconnected(
    request: Request, reader: EventReader, cursor: Cursor, limit: int, wait: int
) -> Page:
    """Return the next events. Raises ClientDisconnect when the client has gone, and what a poll
    raises.
    """
    polling = asyncio.create_task(reader.poll(cursor, limit, wait))
    watching = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait([polling, watching], return_when=asyncio.FIRST_COMPLETED)
        if not polling.done():
            raise ClientDisconnect
        return polling.result()
    finally:
        polling.cancel()
        watching.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _stream(reader: EventReader, cursor: Cursor) -> AsyncIterator[bytes]:
    with reader.arrivals.reading(reader.app):
        async for text in reader.stream(cursor):
            yield text


def _page_response(page: Page, app: App) -> Response:
    after = orjson.dumps({"after": page.cursor.text(app), "has_more": not page.is_end})
    body = b'{"events":[' + b",".join(event.json for event in page.events) + b"]," + after[1:]
    return Response(body, media_type="application/json")
