"""`/v1/apps`: apps are made, changed and deleted while everything runs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from pushgate.api import audit
from pushgate.api.auth import AppAdminCaller, caller_of, context_of, require_operator_key
from pushgate.api.http import json_response, read_body
from pushgate.api.mapping.apps import from_document, from_filed, to_object
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.apps import AppPage, AppSettingsBody, AppView, ChangedAppSettings
from pushgate.api.schemas.fields import AppInPath, Digits
from pushgate.apps.app_changes import Change
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.settings.apps import APP_NAME

router = APIRouter(prefix="/v1", tags=["apps"])
MAX_BODY = 64 * 1024
"""Bytes of an app's settings."""


@router.put(
    "/apps/{app}",
    operation_id="put_app",
    responses=response_schema(AppView, 200, "Changed") | response_schema(AppView, 201, "Created"),
    openapi_extra=body_schema(AppSettingsBody),
    dependencies=[Depends(require_operator_key)],
)
async def put(request: Request, app: AppInPath) -> Response:
    """Create an app, or replace all its settings; its vendors stay. The change is live in every
    process within 2 s. `shards` cannot change.
    """
    written = to_object(await read_body(request, MAX_BODY), ChangedAppSettings)
    set_ones = {name: value for name, value in written.items() if value is not None}
    context = context_of(request)
    document, is_new = await context.administration.put(app, set_ones, change_of(request))
    await audit.note(request, "app.created" if is_new else "app.changed", app, app=app)
    return json_response(from_document(document, context.stores.pauses.find(app)), 201 if is_new else 200)


@router.patch(
    "/apps/{app}",
    operation_id="change_app",
    responses=response_schema(AppView),
    openapi_extra=body_schema(ChangedAppSettings),
    dependencies=[Depends(require_operator_key)],
)
async def patch(request: Request, app: AppInPath) -> Response:
    """Change some settings of an app; null sets one back to its default."""
    written = to_object(await read_body(request, MAX_BODY), ChangedAppSettings)
    context = context_of(request)
    document = await context.administration.patch(app, written, change_of(request))
    await audit.note(request, "app.changed", app, app=app, settings=", ".join(sorted(written)))
    return json_response(from_document(document, context.stores.pauses.find(app)))


@router.get("/apps/{app}", operation_id="get_app", responses=response_schema(AppView))
async def show(request: Request, configured: AppAdminCaller) -> Response:
    """An app and the names of its vendors, for operators and keys of the app with scope `admin`."""
    name, context = configured.app.name, context_of(request)
    pause = context.stores.pauses.find(name)
    if context.catalog.is_in_file(name):
        return json_response(from_filed(configured, pause))
    return json_response(from_document(await context.administration.find(name), pause))


@router.get(
    "/apps",
    operation_id="list_apps",
    responses=response_schema(AppPage),
    dependencies=[Depends(require_operator_key)],
)
async def page(
    request: Request,
    cursor: Annotated[str | None, Query(pattern=APP_NAME)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=100)] = 20,
) -> Response:
    """All apps in the order of their names, those of the configuration file included. `next_cursor`
    leads to the next page; null is the end.
    """
    context = context_of(request)
    pauses = context.stores.pauses
    filed = {
        name: from_filed(found, pauses.find(name))
        for name, found in context.catalog.apps.items()
        if context.catalog.is_in_file(name)
    }
    stored = await context.apps.documents.read_all()
    names = sorted(name for name in {*filed, *stored} if cursor is None or name > cursor)
    shown = [filed.get(name) or from_document(stored[name], pauses.find(name)) for name in names[:limit]]
    following = names[limit - 1] if len(names) > limit else None
    return json_response({"apps": shown, "next_cursor": following})


@router.delete(
    "/apps/{app}",
    operation_id="delete_app",
    status_code=202,
    responses=response_schema(AppView, 202, "The app sends nothing any more; its data are being erased"),
    dependencies=[Depends(require_operator_key)],
)
async def delete(
    request: Request, app: AppInPath, confirm: Annotated[str | None, Query()] = None
) -> Response:
    """Delete an app for good: it takes no requests and sends nothing from now on, its scheduled
    messages are cancelled, its keys are revoked, and its data are erased in the background. The
    name may be used again once `GET` answers 404. `confirm` repeats the name of the app.
    """
    context = context_of(request)
    if confirm != app:
        raise InvalidRequest(
            [FieldError("confirm", f"must be the name of the app, {app}: all its data are erased")]
        )
    document = await context.administration.begin_deletion(app, change_of(request))
    await audit.note(request, "app.deleted", app, app="")
    await context.keys.revoke_all(app, audit.author_of(request))
    return json_response(from_document(document, None), 202)


def change_of(request: Request) -> Change:
    """Return the time of the caller's change, and the caller's key."""
    return Change(context_of(request).clock.now(), caller_of(request).key.id)
