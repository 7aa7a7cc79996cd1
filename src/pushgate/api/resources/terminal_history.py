"""`/v1/terminals/{id}/messages`: the messages that a terminal was sent, and their results."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pushgate.api.auth import ReadCaller, context_of
from pushgate.api.http import json_response
from pushgate.api.mapping.history import CURSOR, from_history, to_place
from pushgate.api.mapping.terminals import valid_id
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.fields import Digits, TerminalIdInPath
from pushgate.api.schemas.history import History
from pushgate.domain.errors import NotFound

router = APIRouter(prefix="/v1", tags=["terminals"])


@router.get(
    "/terminals/{terminal_id}/messages",
    operation_id="list_terminal_messages",
    responses=response_schema(History),
)
async def history(
    request: Request,
    configured: ReadCaller,
    terminal_id: TerminalIdInPath,
    cursor: Annotated[str | None, Query(pattern=CURSOR)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=100)] = 20,
) -> Response:
    """The messages that a terminal was sent, the latest push time first, with the result of each:
    state, code in words, delivered, clicked, and times where they are kept.

    `next_cursor` leads to the next page; null is the end. A page may be short or even empty before
    the end: it looks at 200 messages to many terminals. For messages to few terminals, a terminal
    keeps the latest 50; older ones can only be found by their ids. Messages that brought push
    tokens are in no history.
    """
    stores, known_id = context_of(request).stores, valid_id(terminal_id)
    (slots,) = await stores.locations.locate(configured.app, [known_id])
    if not slots:
        raise NotFound(f"there is no terminal {known_id}")
    page = await stores.tracked.histories.page(configured.app, slots, to_place(cursor), limit)
    return json_response(from_history(page))
