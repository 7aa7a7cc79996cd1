"""`/v1/terminals:export`: all terminals as a stream of lines."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from pushgate.api.auth import TerminalsCaller, context_of
from pushgate.api.imports.exporting import CURSOR, LineWriter, parse_cursor
from pushgate.api.imports.formats import CSV_TYPE, NDJSON_TYPE, LineFormat
from pushgate.api.line_streams import stream_lines
from pushgate.api.openapi import stream_schema
from pushgate.api.schemas.terminals import TerminalLine
from pushgate.domain.app import App
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.terminals.bulk.scan import Position, TerminalScan

router = APIRouter(prefix="/v1", tags=["terminals"])
_BLOCKS_PER_MARK = 16


@router.get(
    "/terminals:export",
    operation_id="export_terminals",
    response_class=StreamingResponse,
    responses=stream_schema(TerminalLine, NDJSON_TYPE, CSV_TYPE),
)
async def export_terminals(
    request: Request,
    configured: TerminalsCaller,
    form: Annotated[LineFormat, Query(alias="format")] = LineFormat.NDJSON,
    after: Annotated[
        str | None, Query(pattern=CURSOR, description="`after` of the last mark: the export goes on there")
    ] = None,
) -> Response:
    """All terminals with their push tokens, as lines that an import accepts unchanged. The key
    needs `terminals:read` and `terminals:write`: the tokens are enough to push to terminals.

    Marks between the lines show the progress of the export: `{"export": {"after": ...}}`, in CSV
    `#export {"after": ...}`. The last line is a mark with `"complete": true`; an export without it
    was cut: continue with `after` of its last mark. A terminal that moves meanwhile may come twice.
    An import skips marks. Attributes of users are not exported with their terminals.
    """
    scan = context_of(request).stores.terminal_scan
    start = parse_cursor(after) if after else Position()
    if start.shard >= configured.app.shards:
        raise InvalidRequest([FieldError("after", "is no mark of an export of this app")])
    lines = _lines(scan, configured.app, LineWriter(form), start)
    media_type = CSV_TYPE if form is LineFormat.CSV else NDJSON_TYPE
    return await stream_lines(lines, media_type)


async def _lines(scan: TerminalScan, app: App, writer: LineWriter, start: Position) -> AsyncIterator[bytes]:
    head = b"" if start != Position() else writer.header()
    terminals = 0
    async for scanned in scan.read(app, start):
        terminals += len(scanned.terminals)
        text = head + writer.lines(scanned.terminals)
        if scanned.then.block % _BLOCKS_PER_MARK == 0:
            text += writer.mark(scanned.then, terminals)
        head = b""
        if text:
            yield text
    yield head + writer.end(terminals)
