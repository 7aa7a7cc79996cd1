"""`/v1/test-terminals`: terminals that the app's people marked as their own, to send tests to."""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import TerminalsReadCaller, TerminalsWriteCaller, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.terminals import valid_id
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.fields import TerminalIdInPath
from pushgate.api.schemas.terminals_for_tests import MarkBody, MarkedTerminal, MarkedTerminals
from pushgate.api.times import format_instant
from pushgate.domain.app import App
from pushgate.domain.errors import NotFound
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores
from pushgate.terminals.marked_terminals import Mark

router = APIRouter(prefix="/v1", tags=["terminals"])
MAX_BODY = 1024


@router.put(
    "/test-terminals/{terminal_id}",
    operation_id="mark_test_terminal",
    responses=response_schema(MarkedTerminal),
    openapi_extra=body_schema(MarkBody),
)
async def mark(request: Request, configured: TerminalsWriteCaller, terminal_id: TerminalIdInPath) -> Response:
    """Mark a registered terminal for tests, under a name. May be repeated; at most 100 an app."""
    stores, known_id = context_of(request).stores, valid_id(terminal_id)
    written = parse(await read_body(request, MAX_BODY), MarkBody)
    terminal = await stores.registry.read(configured.app, known_id)
    found = await stores.marked_terminals.mark(configured.app, known_id, written.name)
    await note(request, "test_terminal.marked", terminal=known_id)
    return json_response(_from_mark(known_id, found, terminal))


@router.get("/test-terminals", operation_id="list_test_terminals", responses=response_schema(MarkedTerminals))
async def page(request: Request, configured: TerminalsReadCaller) -> Response:
    """The terminals that are marked for tests, in the order of their names."""
    stores, app = context_of(request).stores, configured.app
    marks = await stores.marked_terminals.all(app)
    terminals = await asyncio.gather(*(_registered(stores, app, one) for one in marks))
    rows = [
        _from_mark(terminal_id, found, terminal)
        for (terminal_id, found), terminal in zip(marks.items(), terminals, strict=True)
    ]
    return json_response({"terminals": rows})


@router.get(
    "/test-terminals/{terminal_id}",
    operation_id="get_test_terminal",
    responses=response_schema(MarkedTerminal),
)
async def show(request: Request, configured: TerminalsReadCaller, terminal_id: TerminalIdInPath) -> Response:
    """A terminal that is marked for tests."""
    stores, known_id = context_of(request).stores, valid_id(terminal_id)
    found = await stores.marked_terminals.find(configured.app, known_id)
    return json_response(_from_mark(known_id, found, await _registered(stores, configured.app, known_id)))


@router.delete("/test-terminals/{terminal_id}", operation_id="unmark_test_terminal", status_code=204)
async def unmark(
    request: Request, configured: TerminalsWriteCaller, terminal_id: TerminalIdInPath
) -> Response:
    """Take a terminal off the terminals for tests. It stays registered. May be repeated."""
    known_id = valid_id(terminal_id)
    if await context_of(request).stores.marked_terminals.unmark(configured.app, [known_id]):
        await note(request, "test_terminal.unmarked", terminal=known_id)
    return Response(status_code=204)


async def _registered(stores: Stores, app: App, terminal_id: str) -> Terminal | None:
    with suppress(NotFound):
        return await stores.registry.read(app, terminal_id)
    return None


def _from_mark(terminal_id: str, found: Mark, terminal: Terminal | None) -> dict[str, object]:
    return {
        "id": terminal_id,
        "name": found.name,
        "marked_at": format_instant(found.marked_at),
        "registered": terminal is not None,
        "vendor": terminal.vendor if terminal else None,
        "language": terminal.language if terminal else None,
    }
