"""`/v1/templates`: contents are stored under a name, shown, previewed, listed and deleted."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import PushCaller, ReadCaller, caller_of, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.messages import from_warnings
from pushgate.api.mapping.templates import from_head, from_preview, from_stored
from pushgate.api.names_in_paths import NameRule
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.partial_checks import content_checks
from pushgate.api.schemas.fields import TEMPLATE_NAME, Digits, TemplateName
from pushgate.api.schemas.messages import MAX_VERSION
from pushgate.api.schemas.templates import (
    Template,
    TemplateBody,
    TemplatePage,
    TemplatePreview,
    TemplatePreviewBody,
    TemplateWithWarnings,
)
from pushgate.api.template_checks import check_template, to_previewed
from pushgate.domain.app import App
from pushgate.messages.templates import Templates
from pushgate.preflight.rendered_bodies import render_bodies

router = APIRouter(prefix="/v1", tags=["templates"])
MAX_BODY = 256 * 1024
"""Bytes of a request with a template's content."""
NameInPath = Annotated[
    str, Path(description="a template's name", json_schema_extra={"pattern": TEMPLATE_NAME})
]
_names = NameRule(TemplateName)


@router.put(
    "/templates/{name}",
    operation_id="put_template",
    responses=response_schema(TemplateWithWarnings, 200, "The latest version has this content already")
    | response_schema(TemplateWithWarnings, 201, "A new version"),
    openapi_extra=body_schema(TemplateBody),
)
async def put(request: Request, configured: PushCaller, name: NameInPath) -> Response:
    """Store a new version of a template, or the first one of a new template. Versions never change.
    Content equal to that of the latest version makes no new version (200).

    The content is checked like that of a message: `warnings` name vendors that cannot carry it, and
    it is refused if no vendor can. At most 1,000 templates an app; the last 100 versions of each
    are kept.
    """
    context, app, known_name = context_of(request), configured.app, _names.require(name)
    written = parse(await read_body(request, MAX_BODY), TemplateBody, content_checks)
    templates, lengths = context.stores.templates, await context.stores.attribute_lengths.read(app)
    content, warnings = check_template(context, configured, written, lengths)
    version, is_new = await templates.put(app, known_name, content, caller_of(request).key.name)
    if is_new:
        await note(request, "template.saved", known_name, version=version)
    body = await _read(templates, app, known_name, version)
    body["warnings"] = from_warnings(warnings)
    return json_response(body, 201 if is_new else 200)


@router.post(
    "/templates/{name}:preview",
    operation_id="preview_template",
    responses=response_schema(TemplatePreview),
    openapi_extra=body_schema(TemplatePreviewBody),
)
async def preview(request: Request, configured: PushCaller, name: NameInPath) -> Response:
    """Show what each vendor of the app would receive for a terminal with these values, with a
    stored version or with content that is not stored yet. Nothing is stored and nothing is sent.
    """
    context, known_name = context_of(request), _names.require(name)
    written = parse(await read_body(request, MAX_BODY), TemplatePreviewBody, content_checks)
    version, message, problems = await to_previewed(context, configured, known_name, written)
    callbacks = context.callbacks
    bodies = render_bodies(configured, message, callbacks.sign, callbacks.address)
    return json_response(from_preview(version, message.content, problems, bodies))


@router.get("/templates/{name}", operation_id="get_template", responses=response_schema(Template))
async def show(
    request: Request,
    configured: ReadCaller,
    name: NameInPath,
    version: Annotated[
        int | None, Digits, Query(ge=1, le=MAX_VERSION, description="unset = the latest")
    ] = None,
) -> Response:
    """A version of a template, and which versions there are."""
    templates = context_of(request).stores.templates
    return json_response(await _read(templates, configured.app, name, version))


@router.get("/templates", operation_id="list_templates", responses=response_schema(TemplatePage))
async def page(
    request: Request,
    configured: ReadCaller,
    cursor: Annotated[str | None, Query(pattern=TEMPLATE_NAME)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=100)] = 20,
) -> Response:
    """The app's templates in the order of their names. `next_cursor` leads to the next page; null
    is the end.
    """
    templates = context_of(request).stores.templates
    found, following = await templates.page(configured.app, cursor or "", limit)
    return json_response({"templates": [from_head(*one) for one in found], "next_cursor": following})


@router.delete("/templates/{name}", operation_id="delete_template", status_code=204)
async def delete(request: Request, configured: PushCaller, name: NameInPath) -> Response:
    """Delete a template with all its versions. Messages that name it have a copy of its content,
    and are sent all the same. A later template of the same name goes on counting the versions.
    """
    await context_of(request).stores.templates.delete(configured.app, name)
    await note(request, "template.deleted", name)
    return Response(status_code=204)


async def _read(templates: Templates, app: App, name: str, version: int | None) -> dict[str, object]:
    """Return a version and the list of versions. Raises NotFound."""
    stored = await templates.find(app, name, version)
    return from_stored(stored, await templates.versions(app, name))
