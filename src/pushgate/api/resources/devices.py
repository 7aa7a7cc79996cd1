"""`/v1/devices`: installations of client apps register, change and delete their own terminals."""

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import context_of
from pushgate.api.cross_origin import DEVICES, preflight_response
from pushgate.api.devices import (
    DeviceCredential,
    DeviceProof,
    app_of,
    counted_client,
    grants_of,
    registration_of,
    telling_no_secrets,
)
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.devices import from_device, merge_device, to_device, to_secret
from pushgate.api.mapping.terminals import check_configured, valid_id
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.partial_checks import terminal_checks
from pushgate.api.schemas.devices import Device, DeviceBody, DeviceChangeBody, RegisteredDevice
from pushgate.api.schemas.fields import TerminalIdInPath
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.terminal import Terminal

router = APIRouter(prefix="/v1/devices", tags=["devices"])
MAX_BODY = 16 * 1024
"""Bytes of a registration."""


@router.put(
    "/{terminal_id}",
    operation_id="register_device",
    responses=response_schema(RegisteredDevice, 200, "Changed")
    | response_schema(RegisteredDevice, 201, "New"),
    openapi_extra=body_schema(DeviceBody),
)
async def register(request: Request, credential: DeviceCredential, terminal_id: TerminalIdInPath) -> Response:
    """A device registers its terminal: 201 when it is new. The bearer is a registration token, or
    the app's public id where the app allows anonymous devices.

    A registration token registers one terminal; after a lost answer, the request may be repeated.
    To register a known id again, send its `device_secret`, a token of the same user, or the token
    that registered it. A push token of another user's terminal is taken over only with a token that
    names a user. Each answer has a new device secret; the old one stays valid until the new one is
    first used. `warnings` as for `PUT /v1/terminals/{id}`.
    """
    context, known_id = context_of(request), valid_id(terminal_id)
    configured = await app_of(context, credential)
    with telling_no_secrets():
        grant = await grants_of(context).of(configured, credential, counted_client(request))
    now = context.clock.now()
    written = parse(await read_body(request, MAX_BODY), DeviceBody, terminal_checks(now))
    terminal = to_device(known_id, written, configured.default_language, now)
    with telling_no_secrets():
        check_configured(terminal, configured)
    secret = to_secret(written.device_secret, configured.app.name)
    done = await registration_of(context).register(configured.app, terminal, grant, secret)
    body = from_device(done.registered) | {"device_secret": str(done.secret)}
    return json_response(body, 201 if done.registered.created else 200)


@router.patch(
    "/{terminal_id}",
    operation_id="change_device",
    responses=response_schema(Device),
    openapi_extra=body_schema(DeviceChangeBody),
)
async def change(request: Request, secret: DeviceProof, terminal_id: TerminalIdInPath) -> Response:
    """A device changes its terminal: a new push token, another language; `"user": null` logs the
    user out. The rest stays. The bearer is the device secret. A change is a sign of life.
    """
    context, known_id = context_of(request), valid_id(terminal_id)
    registration, now = registration_of(context), context.clock.now()
    written = parse(await read_body(request, MAX_BODY), DeviceChangeBody, terminal_checks(now))
    if not written.model_fields_set:
        raise InvalidRequest([FieldError("body", "name at least one field that is to change")])
    configured = await app_of(context, secret)

    def merge(before: Terminal) -> Terminal:
        merged = merge_device(before, written, configured.default_language, now)
        if merged.vendor != before.vendor:
            with telling_no_secrets():
                check_configured(merged, configured)
        return merged

    changed = await registration.change(configured.app, known_id, secret, merge)
    return json_response(from_device(changed))


@router.delete("/{terminal_id}", operation_id="delete_device", status_code=204)
async def forget(request: Request, secret: DeviceProof, terminal_id: TerminalIdInPath) -> Response:
    """A device deletes its terminal: it receives nothing more. The bearer is the device secret."""
    context, known_id = context_of(request), valid_id(terminal_id)
    configured = await app_of(context, secret)
    await registration_of(context).forget(configured.app, known_id, secret)
    return Response(status_code=204)


@router.options("/{terminal_id}", include_in_schema=False)
async def preflight(request: Request, terminal_id: str) -> Response:
    """The preflight request of a browser. It has no credentials, so its app is unknown."""
    return preflight_response(DEVICES)
