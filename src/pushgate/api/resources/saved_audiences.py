"""`/v1/audiences`: audiences are saved under a name, frozen, shown, listed and deleted."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import PushCaller, ReadCaller, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.expression import to_expression
from pushgate.api.mapping.messages import from_warnings
from pushgate.api.mapping.saved_audiences import from_new, from_saved, from_whole
from pushgate.api.names_in_paths import NameRule
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.fields import AUDIENCE_NAME, AudienceName, Digits
from pushgate.api.schemas.saved_audiences import (
    FrozenAudienceBody,
    SavedAudience,
    SavedAudienceBody,
    SavedAudiencePage,
    SavedAudienceWithWarnings,
)
from pushgate.apps.audience_now import warn_of_saved
from pushgate.apps.audience_references import check_references
from pushgate.audiences.json_form import encode
from pushgate.domain.app import App
from pushgate.domain.audience import Audience
from pushgate.domain.errors import Conflict, FieldError, InvalidRequest, NotFound
from pushgate.freezing.freeze import FreezeState
from pushgate.messages.saved_audiences import MAX_SHOWN_USERS
from pushgate.stores import Stores

router = APIRouter(prefix="/v1", tags=["audiences"])
NameInPath = Annotated[
    str, Path(description="a saved audience's name", json_schema_extra={"pattern": AUDIENCE_NAME})
]
_names = NameRule(AudienceName)


@router.put(
    "/audiences/{name}",
    operation_id="save_audience",
    responses=response_schema(SavedAudienceWithWarnings, 200, "Changed")
    | response_schema(SavedAudienceWithWarnings, 201, "New"),
    openapi_extra=body_schema(SavedAudienceBody),
)
async def save(request: Request, configured: PushCaller, name: NameInPath) -> Response:
    """Save an audience under a name, or replace the one that has the name: 201 when it is new.

    The rule is saved: `{"saved": name}` holds the terminals that the rule holds when a message is
    due, and scheduled messages follow a change. An audience may name other saved audiences, but
    must not lead back to itself. `warnings` as for a message.
    """
    context, app = context_of(request), configured.app
    known_name, stores = _names.require(name), context.stores
    written = parse(await read_body(request, context.settings.max_body), SavedAudienceBody)
    audience = await _to_audience(stores, app, written.audience)
    await stores.freezing.require_unchanging(app, known_name)
    saved, is_new = await stores.saved_audiences.save(app, known_name, audience, "audience")
    await note(request, "audience.saved", known_name, new=is_new)
    named_by = await stores.saved_audiences.naming(app, known_name)
    body = from_whole(saved, encode(audience), named_by, None)
    body["warnings"] = from_warnings(await warn_of_saved(stores, app, audience))
    return json_response(body, 201 if is_new else 200)


@router.post(
    "/audiences/{name}:freeze",
    operation_id="freeze_audience",
    responses=response_schema(SavedAudienceWithWarnings, 200, "Frozen under a name that there was")
    | response_schema(SavedAudienceWithWarnings, 201, "Frozen under a new name")
    | response_schema(SavedAudienceWithWarnings, 202, "Being frozen: there are many terminals"),
    openapi_extra=body_schema(FrozenAudienceBody),
)
async def freeze(request: Request, configured: PushCaller, name: NameInPath) -> Response:
    """Find the terminals that an audience holds now, and save exactly these under a name: whatever
    changes later, `{"saved": name}` holds those of them that are still registered. A terminal that
    is forgotten and registered again counts as another one.

    More than 2,000 terminals are marked in the background (202); `GET` shows the progress, and
    `DELETE` stops it. Meanwhile the name keeps its previous audience. At most 100 frozen audiences
    an app.
    """
    context, app = context_of(request), configured.app
    known_name, stores = _names.require(name), context.stores
    written = parse(await read_body(request, context.settings.max_body), FrozenAudienceBody)
    audience = await _to_audience(stores, app, written.audience)
    is_new = bool(await stores.saved_audiences.unknown(app, [known_name]))
    warnings = await warn_of_saved(stores, app, audience)
    frozen = await stores.freezing.freeze(app, known_name, audience, "audience")
    await note(request, "audience.frozen", known_name)
    body = await _read(stores, app, known_name) | {"warnings": from_warnings(warnings)}
    if frozen.state is not FreezeState.FROZEN:
        return json_response(body, 202)
    return json_response(body, 201 if is_new else 200)


@router.get("/audiences/{name}", operation_id="get_audience", responses=response_schema(SavedAudience))
async def show(request: Request, configured: ReadCaller, name: NameInPath) -> Response:
    """A whole saved audience, and the saved audiences that it names and that name it. For an
    audience that is frozen or being frozen, `frozen` shows the progress.
    """
    return json_response(await _read(context_of(request).stores, configured.app, name))


@router.get("/audiences", operation_id="list_audiences", responses=response_schema(SavedAudiencePage))
async def page(
    request: Request,
    configured: ReadCaller,
    cursor: Annotated[str | None, Query(pattern=AUDIENCE_NAME)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=100)] = 20,
) -> Response:
    """The app's saved audiences in the order of their names. `next_cursor` leads to the next page;
    null is the end. Instead of a list of terminals or users, its length is shown.
    """
    saved_audiences = context_of(request).stores.saved_audiences
    found, following = await saved_audiences.page(configured.app, cursor or "", limit)
    return json_response({"audiences": [from_saved(saved) for saved in found], "next_cursor": following})


@router.delete("/audiences/{name}", operation_id="delete_audience", status_code=204)
async def delete(request: Request, configured: PushCaller, name: NameInPath) -> Response:
    """Delete a saved audience. 409 while other saved audiences, schedules, or messages that are
    still to be planned name it; the answer lists at most 20 of them. Stops the freezing of an
    audience under the name, too.
    """
    stores = context_of(request).stores
    if named := await stores.series.naming(configured.app.name, name):
        shown = ", ".join(named[:MAX_SHOWN_USERS])
        raise Conflict(f"the audience is named by these schedules: {shown}")
    try:
        await stores.saved_audiences.delete(configured.app, name)
    except NotFound:
        if not await stores.freezing.stop(configured.app, name):
            raise
    else:
        await stores.freezing.stop(configured.app, name)
    await note(request, "audience.deleted", name)
    return Response(status_code=204)


async def _to_audience(stores: Stores, app: App, written: Mapping[str, object]) -> Audience:
    """Return the audience of a request. Raises InvalidRequest, also where it names what does not
    exist.
    """
    errors: list[FieldError] = []
    audience = to_expression(written, "audience", errors)
    if errors := errors or await check_references(stores, app, audience):
        raise InvalidRequest(errors)
    return audience


async def _read(stores: Stores, app: App, name: str) -> dict[str, object]:
    """The saved audience of this name, or what is being frozen under it. Raises NotFound."""
    try:
        saved, rule = await stores.saved_audiences.find(app, name)
    except NotFound:
        progress = await stores.freezing.find(app, name, None)
        if progress is None:
            raise
        return from_new(progress)
    progress = await stores.freezing.find(app, name, rule)
    return from_whole(saved, rule, await stores.saved_audiences.naming(app, name), progress)
