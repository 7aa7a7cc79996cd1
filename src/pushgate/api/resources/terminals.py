"""`/v1/terminals`: terminals are registered, changed, shown and forgotten, one by one."""

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import TerminalsReadCaller, TerminalsWriteCaller, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.terminals import (
    check_configured,
    from_registered,
    from_terminal,
    merge_terminal,
    to_terminal,
    valid_id,
)
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.partial_checks import terminal_checks
from pushgate.api.schemas.fields import TerminalIdInPath
from pushgate.api.schemas.terminals import Terminal as TerminalModel
from pushgate.api.schemas.terminals import TerminalBody, TerminalChangeBody, TerminalWithWarnings
from pushgate.domain.errors import Conflict, FieldError, InvalidRequest, NotFound
from pushgate.terminals.registry import Single

router = APIRouter(prefix="/v1", tags=["terminals"])
MAX_BODY = 64 * 1024
"""Bytes of a registration."""
_CHANGE_ATTEMPTS = 20


@router.put(
    "/terminals/{terminal_id}",
    operation_id="register_terminal",
    responses=response_schema(TerminalWithWarnings, 200, "Changed")
    | response_schema(TerminalWithWarnings, 201, "New"),
    openapi_extra=body_schema(TerminalBody),
)
async def register(
    request: Request, configured: TerminalsWriteCaller, terminal_id: TerminalIdInPath
) -> Response:
    """Register a terminal, or replace it: 201 when it is new. A push token of another terminal is
    taken over.

    Fields that the body leaves out are erased, except the time of the first registration. A
    registration is a sign of life: `last_seen` is now unless the body has it. `warnings` name
    fields that have less effect than the caller may expect, such as a language that is grouped less
    exactly than written.
    """
    context, known_id = context_of(request), valid_id(terminal_id)
    now = context.clock.now()
    written = parse(await read_body(request, MAX_BODY), TerminalBody, terminal_checks(now))
    terminal = to_terminal(known_id, written, configured.default_language, now)
    check_configured(terminal, configured)
    (registered,) = await context.stores.registration.register(configured.app, [terminal])
    return json_response(from_registered(registered), 201 if registered.created else 200)


@router.patch(
    "/terminals/{terminal_id}",
    operation_id="change_terminal",
    responses=response_schema(TerminalWithWarnings),
    openapi_extra=body_schema(TerminalChangeBody),
)
async def change(
    request: Request, configured: TerminalsWriteCaller, terminal_id: TerminalIdInPath
) -> Response:
    """Change the fields of a terminal that the body names, and keep the others; null clears a
    field.

    `tags` takes a list of all tags, or `{"add": [...], "remove": [...]}`. `attributes` are merged
    by name: null removes one. A change is no sign of life of the terminal: `last_seen` stays unless
    the body has it. `warnings` as for a registration.
    """
    context, known_id = context_of(request), valid_id(terminal_id)
    now = context.clock.now()
    written = parse(await read_body(request, MAX_BODY), TerminalChangeBody, terminal_checks(now))
    if not written.model_fields_set:
        raise InvalidRequest([FieldError("body", "name at least one field that is to change")])
    for _ in range(_CHANGE_ATTEMPTS):
        before, version = await context.stores.registry.read_version(configured.app, known_id)
        terminal = merge_terminal(before, written, configured.default_language, now)
        if terminal.vendor != before.vendor:
            check_configured(terminal, configured)
        changed = await context.stores.registration.replace(configured.app, terminal, Single(version))
        if changed is not None:
            return json_response(from_registered(changed))
    raise Conflict("the terminal is being changed by others; try again")


@router.get("/terminals/{terminal_id}", operation_id="get_terminal", responses=response_schema(TerminalModel))
async def show(request: Request, configured: TerminalsReadCaller, terminal_id: TerminalIdInPath) -> Response:
    """A terminal as it is registered."""
    return json_response(
        from_terminal(await context_of(request).stores.registry.read(configured.app, valid_id(terminal_id)))
    )


@router.delete("/terminals/{terminal_id}", operation_id="delete_terminal", status_code=204)
async def forget(
    request: Request, configured: TerminalsWriteCaller, terminal_id: TerminalIdInPath
) -> Response:
    """Forget a terminal: it receives nothing more."""
    if not await context_of(request).stores.registry.forget(configured.app, [valid_id(terminal_id)]):
        raise NotFound(f"there is no terminal {terminal_id}")
    return Response(status_code=204)
