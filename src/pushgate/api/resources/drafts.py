"""`/v1/drafts`: messages that are being written. To send one, post its `message` as a message."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import PushCaller, caller_of, context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.idempotency import IdempotencyKey, request_key
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.drafts import Draft as DraftModel
from pushgate.api.schemas.drafts import DraftBody, DraftPage
from pushgate.api.schemas.fields import Digits, DraftIdInPath
from pushgate.api.sendable import require_sendable
from pushgate.api.times import format_instant
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import FieldError, InvalidRequest, OutdatedRevision, PushgateError
from pushgate.messages.drafts import ANY_REVISION, Draft, DraftHead
from pushgate.messages.idempotency import RequestKey

router = APIRouter(prefix="/v1", tags=["drafts"])
MAX_BODY = 256 * 1024
"""Bytes of a draft."""
_EPOCH = datetime.fromtimestamp(0, UTC)
_SERVER_ERROR = 500
_REVISION = re.compile(r'"([1-9][0-9]{0,8})"')
_CURSOR = r"^[0-9]{17}-[0-9a-f]{20}$"
_IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description='the revision that you read, such as `"3"`; `*` for whatever is there',
    ),
]


@router.post(
    "/drafts",
    operation_id="create_draft",
    status_code=201,
    responses=response_schema(DraftModel, 201, "Stored"),
    openapi_extra=body_schema(DraftBody),
)
async def create(
    request: Request, configured: PushCaller, idempotency_key: IdempotencyKey = None
) -> Response:
    """Store a draft: the body of a message, complete or not. Only its shape is checked: a JSON
    object with the fields of a message. `problems` lists what would be refused now.

    At most 1,000 drafts an app, each of at most 256 KB.
    """
    context, body = context_of(request), await _read(request)
    key = request_key(configured, idempotency_key, "create draft", body)
    # A repeated request finds its draft, even after a crash before the record was written.
    draft_id = hashlib.sha256(key.request_name.encode()).hexdigest()[:20] if key else None

    async def run() -> Draft:
        name = caller_of(request).key.name
        draft = await context.stores.drafts.create(configured.app, body, name, draft_id)
        await note(request, "draft.created", draft.id)
        return draft

    return await _respond(context, configured, await _once(context, key, run), 201)


@router.get("/drafts", operation_id="list_drafts", responses=response_schema(DraftPage))
async def page(
    request: Request,
    configured: PushCaller,
    cursor: Annotated[str | None, Query(pattern=_CURSOR)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The app's drafts without their messages, the last changed first. `next_cursor` leads to the
    next page; null is the end.
    """
    heads = await context_of(request).stores.drafts.heads(configured.app)
    found = [item for item in heads.items() if cursor is None or _place(*item) < cursor]
    shown = found[:limit]
    following = _place(*shown[-1]) if len(found) > limit else None
    rows = [_from_head(draft_id, head) for draft_id, head in shown]
    return json_response({"drafts": rows, "next_cursor": following})


@router.get("/drafts/{draft_id}", operation_id="get_draft", responses=response_schema(DraftModel))
async def show(request: Request, configured: PushCaller, draft_id: DraftIdInPath) -> Response:
    """A draft, and what would be refused if its message were sent now. `ETag` has the revision."""
    context = context_of(request)
    draft = await context.stores.drafts.read(configured.app, draft_id)
    return await _respond(context, configured, draft)


@router.put(
    "/drafts/{draft_id}",
    operation_id="replace_draft",
    responses=response_schema(DraftModel),
    openapi_extra=body_schema(DraftBody),
)
async def replace(
    request: Request,
    configured: PushCaller,
    draft_id: DraftIdInPath,
    if_match: _IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Replace a draft. `If-Match` is required: 412 if somebody else has changed the draft since."""
    context, body = context_of(request), await _read(request)
    if if_match is None:
        raise InvalidRequest([_bad_match("is missing")])
    revision = _to_revision(if_match)
    call = f"replace draft {draft_id} {revision}"
    key = request_key(configured, idempotency_key, call, body)

    async def run() -> Draft:
        name = caller_of(request).key.name
        draft = await context.stores.drafts.replace(configured.app, draft_id, revision, body, name)
        await note(request, "draft.changed", draft.id, revision=draft.head.revision)
        return draft

    return await _respond(context, configured, await _once(context, key, run))


@router.delete("/drafts/{draft_id}", operation_id="delete_draft", status_code=204)
async def delete(
    request: Request, configured: PushCaller, draft_id: DraftIdInPath, if_match: _IfMatch = None
) -> Response:
    """Delete a draft. With `If-Match`, 412 if it has another revision by now."""
    revision = ANY_REVISION if if_match is None else _to_revision(if_match)
    await context_of(request).stores.drafts.delete(configured.app, draft_id, revision)
    await note(request, "draft.deleted", draft_id)
    return Response(status_code=204)


def _place(draft_id: str, head: DraftHead) -> str:
    """Return a draft's place in the list: its last change in microseconds, and its id. Places sort
    like drafts, and the place of a deleted draft still compares.
    """
    changed = (head.changed_at - _EPOCH) // timedelta(microseconds=1)
    return f"{changed:017d}-{draft_id}"


async def _read(request: Request) -> bytes:
    body = await read_body(request, MAX_BODY)
    parse(body, DraftBody)
    return body


def _to_revision(written: str) -> int:
    """Return the revision of `If-Match`. Raises InvalidRequest."""
    if written.strip() == "*":
        return ANY_REVISION
    found = _REVISION.fullmatch(written.strip())
    if found is None:
        raise InvalidRequest([_bad_match("is not a revision")])
    return int(found[1])


def _bad_match(fault: str) -> FieldError:
    return FieldError(
        "If-Match", f'{fault}: send the draft\'s revision as you read it, such as "3", or * to overwrite'
    )


async def _once(context: ApiContext, key: RequestKey | None, run: Callable[[], Awaitable[Draft]]) -> Draft:
    """Return the result of `run`, or, if the key was used before, the draft of the first request as
    it is now.

    The record of a key has only the draft's id, so that the draft's text is kept in one place.
    """
    if key is None:
        return await run()
    records, drafts = context.stores.idempotency, context.stores.drafts
    known = await records.read(key)
    if known is None:
        try:
            draft = await run()
        except OutdatedRevision:  # the same request may have run at the same time
            known = await records.read(key)
            if known is None:
                raise
        else:
            await records.remember(key, draft.id.encode())
            return draft
    return await drafts.read(key.app, known.decode())


async def _respond(
    context: ApiContext, configured: ConfiguredApp, draft: Draft, status: int = 200
) -> Response:
    body = _from_head(draft.id, draft.head) | {
        "message": orjson.Fragment(draft.body),
        "problems": await _problems(context, configured, draft.body),
    }
    headers = {"ETag": f'"{draft.head.revision}"'}
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


async def _problems(context: ApiContext, configured: ConfiguredApp, body: bytes) -> list[dict[str, str]]:
    """Return the errors with which the message would be refused if it were sent now."""
    problems: Sequence[FieldError] = []
    try:
        await require_sendable(context, configured, body)
    except InvalidRequest as error:
        problems = error.errors
    except PushgateError as error:
        if error.consequences.status >= _SERVER_ERROR:
            raise
        problems = [FieldError("body", str(error))]
    return [{"field": one.field, "message": one.message} for one in problems]


def _from_head(draft_id: str, head: DraftHead) -> dict[str, object]:
    return {
        "id": draft_id,
        "revision": head.revision,
        "created_at": format_instant(head.created_at),
        "changed_at": format_instant(head.changed_at),
        "changed_by": head.changed_by,
        "title": head.title,
    }
