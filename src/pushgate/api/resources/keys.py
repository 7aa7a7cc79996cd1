"""`/v1/keys`: API keys are created, listed, rotated and revoked."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from pushgate.api.audit import author_of
from pushgate.api.auth import KeyManager, context_of, managed_app
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.keys import CURSOR, cursor_of, find_errors, from_key, is_after, to_limits
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.fields import Digits
from pushgate.api.schemas.keys import KEY_ID, Key, KeyBody, KeyPage, NewKey, RotateBody
from pushgate.apps.api_key import ApiKey, KeyText
from pushgate.domain.app import Scope
from pushgate.domain.errors import FieldError, Forbidden, InvalidRequest

router = APIRouter(prefix="/v1", tags=["keys"])
MAX_BODY = 16 * 1024
KeyIdInPath = Annotated[
    str,
    Path(description="an API key's id, the first part of its text", json_schema_extra={"pattern": KEY_ID}),
]
_OfApp = Annotated[
    str | None, Query(max_length=64, description="only this app's; an app's own key sees its app alone")
]


@router.post(
    "/keys",
    operation_id="create_key",
    status_code=201,
    responses=response_schema(NewKey, 201, "Created"),
    openapi_extra=body_schema(KeyBody),
)
async def create(request: Request, manager: KeyManager) -> Response:
    """Create an API key. Only this answer has its text: Pushgate keeps a digest of the secret.

    An app's key with the scope `admin` creates keys of its app; an operator's key creates those of
    any app, and operators' keys. A repeated request makes another key, because the call takes no
    `Idempotency-Key`: if an answer was lost, revoke the key that `GET /v1/keys` shows as never
    used. At most 1,000 keys an app.
    """
    context = context_of(request)
    written = parse(await read_body(request, MAX_BODY), KeyBody)
    app = managed_app(manager, written.app)
    is_operator = manager.may(Scope.OPERATOR)
    if Scope.OPERATOR in written.scopes and not is_operator:
        raise Forbidden("a key grants no scope that it lacks: the scope operator needs an operator's key")
    errors = find_errors(written, app, context.clock.now())
    if is_operator and app is not None and await context.catalog.find(app) is None:
        errors.append(FieldError("app", "there is no such app"))
    if errors:
        raise InvalidRequest(errors)
    text = await context.keys.create(
        app or "", set(written.scopes), written.name, to_limits(written), author_of(request)
    )
    return json_response(await _with_text(request, text), 201)


@router.get("/keys", operation_id="list_keys", responses=response_schema(KeyPage))
async def page(
    request: Request,
    manager: KeyManager,
    app: _OfApp = None,
    cursor: Annotated[str | None, Query(pattern=CURSOR)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=1000)] = 100,
) -> Response:
    """API keys without their secrets, oldest first. `next_cursor` leads to the next page; null is
    the end.

    An operator's key sees the keys of all apps, and operators' keys.
    """
    context = context_of(request)
    found = [key for key in await context.keys.list(managed_app(manager, app)) if is_after(key, cursor)]
    following = cursor_of(found[limit - 1]) if len(found) > limit else None
    rows = await _rows(request, found[:limit])
    return json_response({"keys": rows, "next_cursor": following})


@router.get("/keys/{key_id}", operation_id="get_key", responses=response_schema(Key))
async def show(request: Request, manager: KeyManager, key_id: KeyIdInPath) -> Response:
    """An API key without its secret."""
    key = await context_of(request).keys.find(key_id, managed_app(manager, None))
    (row,) = await _rows(request, [key])
    return json_response(row)


@router.delete("/keys/{key_id}", operation_id="revoke_key", status_code=204)
async def revoke(request: Request, manager: KeyManager, key_id: KeyIdInPath) -> Response:
    """Revoke an API key: every process refuses it within a second, and the process that answers at
    once.
    """
    await context_of(request).keys.revoke(key_id, managed_app(manager, None), author_of(request))
    return Response(status_code=204)


@router.post(
    "/keys/{key_id}:rotate",
    operation_id="rotate_key",
    responses=response_schema(NewKey),
    openapi_extra=body_schema(RotateBody),
)
async def rotate(request: Request, manager: KeyManager, key_id: KeyIdInPath) -> Response:
    """Give an API key a new secret, which only this answer has. Earlier secrets stay valid for
    `overlap`, or less if they would have ended before.

    Id, scopes and limits stay. If the answer was lost, rotate again: the clients' secret stays
    valid until `previous_until`. At most 3 earlier secrets are valid at once.
    """
    written = parse(await read_body(request, MAX_BODY), RotateBody)
    app = managed_app(manager, None)
    text = await context_of(request).keys.rotate(key_id, written.overlap, app, author_of(request))
    return json_response(await _with_text(request, text))


async def _with_text(request: Request, text: str) -> dict[str, object]:
    """Return the key of a new text as JSON."""
    named = KeyText.parse(text)
    assert named is not None
    (row,) = await _rows(request, [await context_of(request).keys.find(named.key_id)])
    return {"key": text, **row}


async def _rows(request: Request, keys: list[ApiKey]) -> list[dict[str, object]]:
    context = context_of(request)
    now = context.clock.now()
    return [from_key(known, now) for known in await context.keys.with_uses(keys)]
