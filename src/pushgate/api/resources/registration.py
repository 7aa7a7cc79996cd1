"""`/v1/registration-tokens` and `/v1/registration-keys`: the credentials with which devices
register themselves.
"""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import AdminCaller, TerminalsWriteCaller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.devices import signing_keys_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.devices import from_key, to_grant
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.devices import (
    RegistrationKey,
    RegistrationKeyBody,
    RegistrationKeys,
    RegistrationToken,
    RegistrationTokenBody,
)
from pushgate.api.times import format_known
from pushgate.devices.registration_tokens import RegistrationTokens
from pushgate.devices.signed_tokens import audience_of
from pushgate.devices.signing_keys import Algorithm, SigningKey
from pushgate.domain.errors import FieldError, InvalidRequest

router = APIRouter(prefix="/v1", tags=["devices"])
MAX_BODY = 16 * 1024


@router.post(
    "/registration-tokens",
    operation_id="create_registration_token",
    status_code=201,
    responses=response_schema(RegistrationToken, 201, "Created"),
    openapi_extra=body_schema(RegistrationTokenBody),
)
async def create_token(request: Request, configured: TerminalsWriteCaller) -> Response:
    """Make a token with which a client app registers one terminal, for this user and with these
    tags.

    Needs the scope `terminals:write`. A repeated call makes another token.
    """
    context = context_of(request)
    written = parse(await read_body(request, MAX_BODY), RegistrationTokenBody)
    tokens = RegistrationTokens(context.redis, context.clock)
    ttl = timedelta(seconds=written.ttl)
    token, expires_at = await tokens.create(configured.app.name, to_grant(written), ttl)
    return json_response({"token": str(token), "expires_at": format_known(expires_at)}, 201)


@router.post(
    "/registration-keys",
    operation_id="create_registration_key",
    status_code=201,
    responses=response_schema(RegistrationKey, 201, "Created"),
    openapi_extra=body_schema(RegistrationKeyBody),
)
async def create_key(request: Request, configured: AdminCaller) -> Response:
    """Register a key with which the app's backend signs registration tokens itself, as JWTs.

    The header of a token has the `kid` of the answer, its claims the `audience` as `aud`, an `exp`
    within an hour, a `jti` that is used once, and `user`, `tags` and `terminal` as
    `POST /v1/registration-tokens` takes them. At most 10 keys of an app.
    """
    context, name = context_of(request), configured.app.name
    written = parse(await read_body(request, MAX_BODY), RegistrationKeyBody)
    _check_fields(written)
    keys = signing_keys_of(context)
    if written.algorithm is Algorithm.ES256:
        key = await keys.add_public(name, written.name, written.public_key)
    else:
        key = await keys.add_secret(name, written.name, written.secret)
    await note(request, "registration_key.created", key.id, algorithm=key.algorithm.value)
    return json_response(_shown(context, name, key), 201)


@router.get(
    "/registration-keys", operation_id="list_registration_keys", responses=response_schema(RegistrationKeys)
)
async def list_keys(request: Request, configured: AdminCaller) -> Response:
    """The keys with which the app's backend signs registration tokens, oldest first."""
    context, name = context_of(request), configured.app.name
    keys = await signing_keys_of(context).list(name)
    return json_response({"keys": [_shown(context, name, key) for key in keys]})


@router.delete("/registration-keys/{key_id}", operation_id="delete_registration_key", status_code=204)
async def delete_key(request: Request, configured: AdminCaller, key_id: str) -> Response:
    """Remove a key: tokens that are signed with it are refused from now on."""
    await signing_keys_of(context_of(request)).remove(configured.app.name, key_id)
    await note(request, "registration_key.deleted", key_id)
    return Response(status_code=204)


def _check_fields(written: RegistrationKeyBody) -> None:
    """Raise InvalidRequest unless the body has exactly the fields that the algorithm needs."""
    wanted, other = "public_key", "secret"
    if written.algorithm is Algorithm.HS256:
        wanted, other = other, wanted
    errors: list[FieldError] = []
    if wanted not in written.model_fields_set:
        errors.append(FieldError(wanted, f"is needed for {written.algorithm.value}"))
    if other in written.model_fields_set:
        errors.append(FieldError(other, f"is not taken for {written.algorithm.value}; leave it out"))
    if errors:
        raise InvalidRequest(errors)


def _shown(context: ApiContext, app: str, key: SigningKey) -> dict[str, object]:
    return from_key(app, key, audience_of(context.watch.store.id, app))
