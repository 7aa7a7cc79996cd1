"""Lists of any length: reads which part and form a caller wants, and sends lists line by line in
constant memory.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse

from pushgate.api.schemas.fields import Digits
from pushgate.domain.errors import FieldError, InvalidRequest

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
MAX_TYPES = 20
"""Media types of an Accept header that are looked at."""


class ListFormat(StrEnum):
    """The form of a list."""

    JSON = "json"
    """Pages of one JSON object."""
    NDJSON = "ndjson"
    """All of the list, one JSON object a line."""
    CSV = "csv"
    """All of the list, one row a line; the first names the columns."""


MEDIA_TYPES = {
    ListFormat.JSON: "application/json",
    ListFormat.NDJSON: "application/x-ndjson",
    ListFormat.CSV: "text/csv; charset=utf-8",
}
_ACCEPTED = {
    "application/json": ListFormat.JSON,
    "application/*": ListFormat.JSON,
    "*/*": ListFormat.JSON,
    "application/x-ndjson": ListFormat.NDJSON,
    "application/ndjson": ListFormat.NDJSON,
    "application/jsonl": ListFormat.NDJSON,
    "text/csv": ListFormat.CSV,
    "text/*": ListFormat.CSV,
}
ONLY_PAGES = "only pages have it: leave it out, or ask for JSON"


@dataclass(frozen=True, slots=True)
class WantedList:
    """The form of the list that a caller wants, and which page of it. Only JSON has pages."""

    form: ListFormat
    cursor: str | None
    limit: int


def _wanted_list(
    request: Request,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[
        int | None, Digits, Query(ge=1, le=MAX_LIMIT, description=f"unset = {DEFAULT_LIMIT}")
    ] = None,
    format: Annotated[  # noqa: A002  # the name of the parameter
        ListFormat | None,
        Query(description="takes the place of the Accept header; ndjson and csv have all of the list"),
    ] = None,
) -> WantedList:
    form = format or preferred_format(request.headers.get("accept", ""))
    given = {"cursor": cursor, "limit": limit} if form is not ListFormat.JSON else {}
    if errors := [FieldError(name, ONLY_PAGES) for name, value in given.items() if value is not None]:
        raise InvalidRequest(errors)
    return WantedList(form, cursor, limit or DEFAULT_LIMIT)


ListInQuery = Annotated[WantedList, Depends(_wanted_list)]


def preferred_format(accept: str) -> ListFormat:
    """Return the form that an Accept header prefers; JSON where it names no known one."""
    best, weight = ListFormat.JSON, 0.0
    for part in accept.lower().split(",")[:MAX_TYPES]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name in _ACCEPTED and (own := _weight(parameters)) > weight:
            best, weight = _ACCEPTED[name], own
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return min(float(value), 1.0)
            except ValueError:
                return 0.0
    return 1.0


async def stream_lines(lines: AsyncIterator[bytes], media_type: str) -> StreamingResponse:
    """Return a response of these lines. The first lines are ready already, so an earlier error has
    a response of its own. A later error cuts the connection, so that the caller sees that the list
    is incomplete.
    """
    return StreamingResponse(_chain(await anext(lines, b""), lines), media_type=media_type)


async def _chain(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for text in others:
        yield text
