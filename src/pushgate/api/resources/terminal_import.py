"""`/v1/terminals:import`: registrations as a stream of lines, and `/v1/imports`: the progress of
imports.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from pushgate.api import audit
from pushgate.api.auth import TerminalsWriteCaller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import json_response
from pushgate.api.imports.formats import CSV_TYPE, NDJSON_TYPE, LineFormat, format_of_body
from pushgate.api.imports.importing import Importer
from pushgate.api.imports.parsing import LineParser
from pushgate.api.imports.reading import LineReader
from pushgate.api.imports.responses import describe_stop, from_record, from_state
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.problems import respond
from pushgate.api.schemas.imports import IMPORT_NAME, ImportRecord
from pushgate.api.schemas.problems import Import
from pushgate.api.schemas.terminals import TerminalLine
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import EngineUnavailable, Overloaded, PushgateError, RequestTimedOut
from pushgate.terminals.bulk.import_records import ImportHold
from pushgate.terminals.bulk.import_state import ImportState

router = APIRouter(prefix="/v1", tags=["terminals"])
_Name = Annotated[
    str | None,
    Query(
        alias="import",
        pattern=IMPORT_NAME,
        description="a name of the import, under which its progress is kept: repeated with the same name and "
        "content, an import passes over the lines that are done",
    ),
]
_Format = Annotated[
    LineFormat | None, Query(alias="format", description="the form of the lines; unset = by Content-Type")
]


@router.post(
    "/terminals:import",
    operation_id="import_terminals",
    responses=response_schema(Import),
    openapi_extra=body_schema(TerminalLine, NDJSON_TYPE, lines=True, other_type=CSV_TYPE),
)
async def import_terminals(
    request: Request, configured: TerminalsWriteCaller, name: _Name = None, form: _Format = None
) -> Response:
    """Register terminals from a stream of any length: one JSON object a line, or CSV.

    The first line of CSV names the columns: the fields of a terminal, with tags separated by `|`,
    and `attributes.<name>` for each attribute. Bad lines do not stop the others; they are counted,
    and the first 1,000 listed. Safe to send again. Each warning comes once, with the number of its
    terminals.
    """
    written = format_of_body(request.headers, form)
    context = context_of(request)
    state, hold = await _begin(context, configured, name)
    await audit.note(request, "terminals.import_begun", name or "", done_lines=state.lines)
    reader = LineReader(LineParser(configured), written, state.lines, state.digest if hold else None)
    note = partial(_note, context, hold)
    try:
        async with (
            _ending(note, state),
            context.stores.import_registration.open(configured.app) as registration,
        ):
            await Importer(reader, registration, state, context.clock, note).run(request.stream())
            state.finished_at = context.clock.now()
            await audit.note(
                request, "terminals.imported", name or "", created=state.created, updated=state.updated
            )
    except (EngineUnavailable, Overloaded, RequestTimedOut) as error:
        return respond(describe_stop(error, state))
    return json_response(from_state(state))


@router.get("/imports/{import_name}", operation_id="get_import", responses=response_schema(ImportRecord))
async def show_import(
    request: Request,
    configured: TerminalsWriteCaller,
    import_name: Annotated[str, Path(json_schema_extra={"pattern": IMPORT_NAME})],
) -> Response:
    """The progress of a named import. It is kept for 30 days after its last change."""
    records = context_of(request).stores.import_records
    state, is_running = await records.read(configured.app, import_name)
    return json_response(from_record(import_name, state, is_running=is_running))


async def _begin(
    context: ApiContext, configured: ConfiguredApp, name: str | None
) -> tuple[ImportState, ImportHold | None]:
    """How far the import is, and the hold on its record where it has a name.

    Raises Conflict while another request has it, EngineUnavailable.
    """
    if name is None:
        now = context.clock.now()
        return ImportState(started_at=now, updated_at=now), None
    hold = ImportHold(configured.app, name, secrets.token_hex(8))
    state = await context.stores.import_records.begin(hold)
    return state, hold


async def _note(
    context: ApiContext, hold: ImportHold | None, state: ImportState, *, is_running: bool = True
) -> None:
    if hold:
        await context.stores.import_records.note(hold, state, is_running=is_running)


@asynccontextmanager
async def _ending(note: Callable[..., Awaitable[None]], state: ImportState) -> AsyncIterator[None]:
    """Give the import up at the end, however it ends."""
    try:
        yield
    except BaseException:
        with suppress(PushgateError):  # the first error is the one to tell
            await note(state, is_running=False)
        raise
    await note(state, is_running=False)
