"""`/v1/users`: what is kept of people beside their terminals."""

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import TerminalsCaller, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.users import user_in_path
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.fields import UserInPath
from pushgate.api.schemas.users import ChangedUser, UserChangeBody

router = APIRouter(prefix="/v1", tags=["users"])
MAX_BODY = 64 * 1024
"""Bytes of a change."""


@router.patch(
    "/users/{user}",
    operation_id="change_user",
    responses=response_schema(ChangedUser),
    openapi_extra=body_schema(UserChangeBody),
)
async def change(request: Request, configured: TerminalsCaller, user: UserInPath) -> Response:
    """Change attributes of a person by name: null removes one, and instead of all, all. The others
    stay.

    All terminals of the user have them in audiences, those that are registered later too. At most
    32 are kept. A user with more than 256 terminals in one shard can get none.
    """
    name = user_in_path(request.scope["raw_path"])
    written = parse(await read_body(request, MAX_BODY), UserChangeBody)
    attributes = await context_of(request).stores.people.change(configured.app, name, written.attributes)
    return json_response({"user": name, "attributes": attributes})
