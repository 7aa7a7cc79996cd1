"""`/v1/terminals/{id}/messages`: what a terminal was sent, and what became of it."""

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
    """The messages that a terminal was sent, the latest push time first, and what became of each:
    state, code in words, delivered, clicked, and times where they are kept.

    `next_cursor` leads on; null is the end. A page may be short, even empty, and lead on: it looks
    at 200 messages to many terminals. Of messages to few terminals the latest 50 are kept; older
    ones are found by their own ids alone. Messages that brought push tokens are in no history.
    """
    stores, known_id = context_of(request).stores, valid_id(terminal_id)
    (slots,) = await stores.locations.locate(configured.app, [known_id])
    if not slots:
        raise NotFound(f"there is no terminal {known_id}")
    page = await stores.tracked.histories.page(configured.app, slots, to_place(cursor), limit)
    return json_response(from_history(page))
