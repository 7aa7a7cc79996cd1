"""`/v1/audiences`: audiences are saved under a name, shown, listed and deleted."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import TypeAdapter, ValidationError

from pushgate.api.auth import PushCaller, ReadCaller, context_of
from pushgate.api.field_errors import field_errors
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.expression import to_expression
from pushgate.api.mapping.messages import from_warnings
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.fields import AUDIENCE_NAME, AudienceName, Digits
from pushgate.api.schemas.saved_audiences import (
    SavedAudience,
    SavedAudienceBody,
    SavedAudiencePage,
    SavedAudienceWithWarnings,
)
from pushgate.api.times import format_instant
from pushgate.apps.audience_check import warn_of_audience
from pushgate.apps.audience_references import check_references
from pushgate.audiences.json_form import decode, encode
from pushgate.audiences.naming import saved_names
from pushgate.domain.app import App
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.messages.saved_audiences import MAX_SHOWN_USERS
from pushgate.messages.saved_audiences import SavedAudience as Saved
from pushgate.stores import Stores

router = APIRouter(prefix="/v1", tags=["audiences"])
NameInPath = Annotated[
    str, Path(description="a saved audience's name", json_schema_extra={"pattern": AUDIENCE_NAME})
]
_names: TypeAdapter[str] = TypeAdapter(AudienceName)


@router.put(
    "/audiences/{name}",
    operation_id="save_audience",
    responses=response_schema(SavedAudienceWithWarnings, 200, "Changed")
    | response_schema(SavedAudienceWithWarnings, 201, "New"),
    openapi_extra=body_schema(SavedAudienceBody),
)
async def save(request: Request, configured: PushCaller, name: NameInPath) -> Response:
    """Save an audience under a name, or replace the one that has the name: 201 when it is new.

    What is saved is the rule: `{"saved": name}` holds whom the rule holds when a message is due,
    and messages that are scheduled follow a change. An audience may name others, but not itself
    through them. `warnings` as for a message.
    """
    context, app = context_of(request), configured.app
    known_name = _valid_name(name)
    written = parse(await read_body(request, context.settings.max_body), SavedAudienceBody)
    errors: list[FieldError] = []
    audience = to_expression(written.audience, "audience", errors)
    stores = context.stores
    if errors := errors or await check_references(stores, app, audience):
        raise InvalidRequest(errors)
    saved, is_new = await stores.saved_audiences.save(app, known_name, audience, "audience")
    body = await _whole(stores, app, saved, encode(audience))
    body["warnings"] = from_warnings(await warn_of_audience(stores, app, audience))
    return json_response(body, 201 if is_new else 200)


@router.get("/audiences/{name}", operation_id="get_audience", responses=response_schema(SavedAudience))
async def show(request: Request, configured: ReadCaller, name: NameInPath) -> Response:
    """A saved audience whole, and the saved audiences that it names and that name it."""
    stores = context_of(request).stores
    saved, rule = await stores.saved_audiences.find(configured.app, name)
    return json_response(await _whole(stores, configured.app, saved, rule))


@router.get("/audiences", operation_id="list_audiences", responses=response_schema(SavedAudiencePage))
async def page(
    request: Request,
    configured: ReadCaller,
    cursor: Annotated[str | None, Query(pattern=AUDIENCE_NAME)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=100)] = 20,
) -> Response:
    """The app's saved audiences in the order of their names. `next_cursor` leads on; null is the
    end. A list of terminals or users is shown by its length.
    """
    saved_audiences = context_of(request).stores.saved_audiences
    found, following = await saved_audiences.page(configured.app, cursor or "", limit)
    return json_response({"audiences": [_row(saved) for saved in found], "next_cursor": following})


@router.delete("/audiences/{name}", operation_id="delete_audience", status_code=204)
async def delete(request: Request, configured: PushCaller, name: NameInPath) -> Response:
    """Delete a saved audience. 409 while other saved audiences, or messages that are still to be
    planned, name it: the answer says which, at most 20 of them.
    """
    await context_of(request).stores.saved_audiences.delete(configured.app, name)
    return Response(status_code=204)


def _valid_name(name: str) -> str:
    try:
        return _names.validate_python(name)
    except ValidationError as error:
        raise InvalidRequest(field_errors(error, "name")) from error


def _row(saved: Saved) -> dict[str, object]:
    return {
        "name": saved.name,
        "created_at": format_instant(saved.created_at),
        "changed_at": format_instant(saved.changed_at),
        "audience": orjson.Fragment(saved.short),
    }


async def _whole(stores: Stores, app: App, saved: Saved, rule: bytes) -> dict[str, object]:
    named_by = await stores.saved_audiences.naming(app, saved.name)
    return {
        **_row(saved),
        "audience": orjson.Fragment(rule),
        "names": saved_names(decode(rule)),
        "named_by": named_by[:MAX_SHOWN_USERS],
    }
