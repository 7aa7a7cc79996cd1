"""`GET /v1/audit`: which key did what, when, and from which address."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from pushgate.api.auth import KeyManager, context_of, managed_app
from pushgate.api.http import json_response
from pushgate.api.imports.formats import NDJSON_TYPE
from pushgate.api.line_streams import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    ONLY_PAGES,
    ListFormat,
    preferred_format,
    stream_lines,
)
from pushgate.api.mapping.audit import from_recorded, to_lines
from pushgate.api.openapi import list_schema
from pushgate.api.schemas.audit import AuditEntry, AuditPage
from pushgate.api.schemas.fields import MAX_USER_LENGTH, Digits
from pushgate.api.times import Instant, format_known
from pushgate.apps.api_key import ApiKey
from pushgate.audit.cursor import MAX_CURSOR, Cursor, Order
from pushgate.audit.entry import MAX_TEXT
from pushgate.audit.pseudonyms import Pseudonyms, Subject
from pushgate.audit.reader import AuditFilter, AuditReader
from pushgate.audit.streams import Stream
from pushgate.domain.errors import FieldError, InvalidRequest, NotFound
from pushgate.stores import Stores

router = APIRouter(prefix="/v1", tags=["audit"])


class AuditFormat(StrEnum):
    """The form of the log."""

    JSON = "json"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subjects:
    """The people and terminals whose entries are wanted, by their ids."""

    user: str | None
    terminal: str | None

    async def targets(self, pseudonyms: Pseudonyms, app: str | None) -> list[str]:
        """Return the pseudonyms that stand for them in the log. Raises InvalidRequest without an
        app.
        """
        named = [(Subject.USER, self.user), (Subject.TERMINAL, self.terminal)]
        wanted = [(subject, name) for subject, name in named if name is not None]
        if wanted and app is None:
            raise InvalidRequest([FieldError("app", "name the app that the user or terminal belongs to")])
        return [await pseudonyms.of(app or "", subject, name) for subject, name in wanted]


def _subjects(
    user: Annotated[
        str | None, Query(max_length=MAX_USER_LENGTH, description="what was done to a user")
    ] = None,
    terminal: Annotated[str | None, Query(max_length=128, description="what was done to a terminal")] = None,
) -> _Subjects:
    return _Subjects(user=user, terminal=terminal)


def _filter(
    action: Annotated[
        str | None, Query(max_length=64, description="an action, or the part before its point: `key`")
    ] = None,
    key: Annotated[str | None, Query(max_length=64, description="the id of the key that did it")] = None,
    target: Annotated[
        str | None, Query(max_length=MAX_TEXT, description="an id or name of what it was done to")
    ] = None,
    since: Annotated[Instant | None, Query(description="entries from this time on")] = None,
) -> AuditFilter:
    return AuditFilter(action=action, key_id=key, targets=[target] if target else [], since=since)


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of the log that is wanted: after which place, and how much; None for all."""

    cursor: Cursor
    limit: int | None


def _part(
    request: Request,
    after: Annotated[str | None, Query(max_length=MAX_CURSOR, description="of the page before")] = None,
    order: Annotated[Order | None, Query(description="unset = that of `after`, else oldest first")] = None,
    limit: Annotated[
        int | None, Digits, Query(ge=1, le=MAX_LIMIT, description=f"unset = {DEFAULT_LIMIT}")
    ] = None,
    format: Annotated[  # noqa: A002  # the name of the parameter
        AuditFormat | None, Query(description="takes the place of the Accept header; ndjson has all")
    ] = None,
) -> _Part:
    preferred = preferred_format(request.headers.get("accept", ""))
    is_export = format is AuditFormat.NDJSON if format else preferred is ListFormat.NDJSON
    errors: list[FieldError] = []
    if is_export and limit is not None:
        errors.append(FieldError("limit", ONLY_PAGES))
    cursor = Cursor(order or Order.OLDEST)
    if after is not None:
        try:
            cursor = Cursor.parse(after)
        except ValueError:
            errors.append(FieldError("after", "is not one that this call gave out; leave it out to begin"))
        else:
            if order not in (None, cursor.order):
                errors.append(FieldError("order", "is another than that of after: leave out one of both"))
    if errors:
        raise InvalidRequest(errors)
    return _Part(cursor, None if is_export else limit or DEFAULT_LIMIT)


@router.get("/audit", operation_id="read_audit_log", responses=list_schema(AuditPage, AuditEntry, csv=False))
async def read(
    request: Request,
    manager: KeyManager,
    part: Annotated[_Part, Depends(_part)],
    wanted: Annotated[AuditFilter, Depends(_filter)],
    subjects: Annotated[_Subjects, Depends(_subjects)],
    app: Annotated[
        str | None, Query(max_length=64, description="only this app's; an app's own key sees its app alone")
    ] = None,
) -> Response:
    """The audit log: which key did what, when, and from which address. An operator's key reads
    the logs of all apps.

    JSON comes in pages. `after` leads to the next page, and to entries that come later: keep it to
    follow the log. With a filter that few entries pass, a page may have few entries or none
    although `has_more` is true. NDJSON, by the Accept header or `format`, has all entries in one
    response, with marks between them. The last line is `{"export": {"after": ..., "complete":
    true}}`. An export without that line was cut: continue with `after` of its last mark.
    """
    stores = context_of(request).stores
    of_app = managed_app(manager, app)
    streams = await _streams(stores, manager, of_app)
    targets = [*wanted.targets, *await subjects.targets(context_of(request).pseudonyms, of_app)]
    wanted = AuditFilter(action=wanted.action, key_id=wanted.key_id, targets=targets, since=wanted.since)
    reader = stores.audit_reader
    if part.limit is None:
        return await stream_lines(_lines(reader, streams, part.cursor, wanted), NDJSON_TYPE)
    page = await reader.read(streams, part.cursor, part.limit, wanted)
    return json_response(
        {
            "entries": list(map(from_recorded, page.entries)),
            "after": page.cursor.text(),
            "has_more": page.has_more,
            "trimmed_before": format_known(await reader.trimmed_before(streams)),
        }
    )


async def _streams(stores: Stores, manager: ApiKey, app: str | None) -> list[Stream]:
    """Return the streams that the request is about. Raises NotFound."""
    if app is None:
        return await stores.audit_reader.streams(await stores.registered_apps.all_apps(), operators=True)
    found = await stores.registered_apps.find_app(app)
    if found is None and app != manager.app and not await stores.audit_reader.has_log(app):
        raise NotFound("there is no such app")
    return stores.audit_reader.streams_of(app, found)


async def _lines(
    reader: AuditReader, streams: Sequence[Stream], cursor: Cursor, wanted: AuditFilter
) -> AsyncIterator[bytes]:
    """Yield all entries after the cursor as lines."""
    has_more = True
    while has_more:
        page = await reader.read(streams, cursor, MAX_LIMIT, wanted)
        cursor, has_more = page.cursor, page.has_more
        yield to_lines(page.entries, cursor, is_complete=not has_more)
