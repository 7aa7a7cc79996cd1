"""`GET /v1/terminals` and `POST /v1/terminals:find`: terminals are searched for."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pushgate.api.auth import TerminalsReadCaller, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.terminal_search import (
    CURSOR,
    check_find,
    from_place,
    to_filters,
    to_place,
    to_tokens,
)
from pushgate.api.mapping.terminals import from_terminal
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.fields import (
    AppVersion,
    AttributeName,
    Day,
    Digits,
    Language,
    Tag,
    Text,
    Timezone,
    User,
    VendorName,
)
from pushgate.api.schemas.terminal_search import FindBody, TerminalPage
from pushgate.api.schemas.terminals import Terminal
from pushgate.domain.attributes import MAX_VALUE_LENGTH
from pushgate.domain.audience import HasTag, InLanguage, InTimezone, OfAppVersion, OfVendor

router = APIRouter(prefix="/v1", tags=["terminals"])
MAX_BODY = 16 * 1024
"""Bytes of a request that names a push token."""


@router.get(
    "/terminals",
    operation_id="search_terminals",
    responses=response_schema(TerminalPage),
)
async def search(  # noqa: PLR0913, PLR0917  # one for each filter
    request: Request,
    configured: TerminalsReadCaller,
    user: Annotated[User | None, Query()] = None,
    tag: Annotated[Tag | None, Query()] = None,
    vendor: Annotated[VendorName | None, Query()] = None,
    language: Annotated[Language | None, Query(description="a tag, or the beginning of one")] = None,
    timezone: Annotated[Timezone | None, Query()] = None,
    app_version: Annotated[AppVersion | None, Query()] = None,
    seen_before: Annotated[Day | None, Query()] = None,
    seen_after: Annotated[Day | None, Query(description="on this day or later")] = None,
    registered_before: Annotated[Day | None, Query()] = None,
    registered_after: Annotated[Day | None, Query(description="on this day or later")] = None,
    attribute: Annotated[AttributeName | None, Query(description="goes with equals")] = None,
    equals: Annotated[
        Text | None,
        Query(
            max_length=MAX_VALUE_LENGTH,
            description="the value as text; also finds the number, true or false that it spells",
        ),
    ] = None,
    cursor: Annotated[str | None, Query(pattern=CURSOR)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The terminals that match all of the given filters; without a filter, all terminals. Each
    filter means the same as in the `audience` of a message.

    `next_cursor` leads to the next page; null is the end. A page may be short or even empty before
    the end: it looks at a part of a large registry. A terminal that changes its vendor or language
    between two pages may be missed, or come twice. A push token is searched for with `POST
    /v1/terminals:find`.
    """
    filters = to_filters(
        {
            HasTag: tag,
            OfVendor: vendor,
            InLanguage: language,
            InTimezone: timezone,
            OfAppVersion: app_version,
        },
        (seen_before, seen_after),
        (registered_before, registered_after),
        (attribute, equals),
    )
    page = await context_of(request).stores.search.page(
        configured.app, user, filters, to_place(cursor), limit
    )
    return json_response(
        {
            "terminals": [from_terminal(terminal) for terminal in page.terminals],
            "next_cursor": from_place(page.following),
        }
    )


@router.post(
    "/terminals:find",
    operation_id="find_terminal",
    responses=response_schema(Terminal),
    openapi_extra=body_schema(FindBody),
)
async def find(request: Request, configured: TerminalsReadCaller) -> Response:
    """The terminal with exactly this push token, or this id; 404 if there is none.

    The token is in the body, so that it appears in no URL and no log. `vendor` is optional: with
    it, the token's form is checked.
    """
    written = parse(await read_body(request, MAX_BODY), FindBody)
    check_find(written)
    registry = context_of(request).stores.registry
    if written.id is not None:
        return json_response(from_terminal(await registry.read(configured.app, written.id)))
    tokens = to_tokens(written, configured.vendors)
    return json_response(from_terminal(await registry.read_owner(configured.app, tokens, written.vendor)))
