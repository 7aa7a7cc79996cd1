"""`GET /v1/messages/{id}/terminals`: the terminals of a message, and what became of each."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pushgate.api.auth import ReadCaller, context_of
from pushgate.api.http import json_response
from pushgate.api.line_streams import MEDIA_TYPES, ListFormat, ListInQuery, stream_lines
from pushgate.api.mapping.message_terminals import csv_head, from_listed, to_csv, to_ndjson
from pushgate.api.openapi import list_schema
from pushgate.api.schemas.fields import MessageIdInPath
from pushgate.api.schemas.message_terminals import MessageTerminal, MessageTerminalPage
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.tracking.listed_terminals import ListedTerminal
from pushgate.tracking.terminal_filters import TerminalFilter

router = APIRouter(prefix="/v1", tags=["messages"])


@router.get(
    "/messages/{message_id}/terminals",
    operation_id="list_message_terminals",
    responses=list_schema(MessageTerminalPage, MessageTerminal),
)
async def message_terminals(
    request: Request,
    configured: ReadCaller,
    message_id: MessageIdInPath,
    wanted: ListInQuery,
    state: Annotated[TerminalFilter, Query(description="which terminals")] = TerminalFilter.TARGETED,
) -> Response:
    """The terminals of a message: who they are, the state of each, why it failed, its receipts.

    Values of `state`: `failed` means invalid, rejected or expired; `not_delivered` means accepted,
    and neither delivered nor clicked; `not_clicked` means accepted or delivered, and not clicked.
    Each other value is one state or receipt.

    JSON comes in pages: `next_cursor` leads to the next page, null is the end. NDJSON and CSV, by
    the Accept header or `format`, have all terminals in one response of any length; if the
    connection is cut, the list is incomplete. Each terminal is listed at most once, as it was when
    it was read.
    """
    terminals = context_of(request).stores.tracked.terminals
    if wanted.form is not ListFormat.JSON:
        portions = await terminals.stream(configured.app, message_id, state)
        return await stream_lines(lines_of(portions, wanted.form), MEDIA_TYPES[wanted.form])
    try:
        found, following = await terminals.page(
            configured.app, message_id, state, wanted.cursor, wanted.limit
        )
    except ValueError as error:
        text = "is not one that this call gave out; leave it away to begin"
        raise InvalidRequest([FieldError("cursor", text)]) from error
    return json_response({"terminals": list(map(from_listed, found)), "next_cursor": following})


async def lines_of(
    portions: AsyncIterator[Sequence[ListedTerminal]], form: ListFormat
) -> AsyncIterator[bytes]:
    """Yield the terminals as lines of NDJSON or CSV."""
    is_csv = form is ListFormat.CSV
    head = csv_head() if is_csv else b""
    async for portion in portions:
        yield head + (to_csv(portion) if is_csv else to_ndjson(portion))
        head = b""
    if head:
        yield head
