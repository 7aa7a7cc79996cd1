"""`/v1/users`: what is kept of people: shown, changed and erased."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import TerminalsReadCaller, TerminalsWriteCaller, authorize, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.users import CURSOR, from_erasure, from_person, to_place, user_in_path
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.fields import Digits, UserInPath
from pushgate.api.schemas.users import ChangedUser, ErasedUser, UserChangeBody, UserPage
from pushgate.domain.app import Scope
from pushgate.domain.errors import NotFound
from pushgate.people.erasure import PersonErasure
from pushgate.people.gathering import gather_person

router = APIRouter(prefix="/v1", tags=["users"])
MAX_BODY = 64 * 1024
"""Bytes of a change."""
_ERASING = timedelta(seconds=10)
"""How long a request erases before it leaves the rest to the scheduler."""


@router.get("/users/{user}", operation_id="get_user", responses=response_schema(UserPage))
async def show(
    request: Request,
    configured: TerminalsReadCaller,
    user: UserInPath,
    cursor: Annotated[str | None, Query(pattern=CURSOR)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=50)] = 10,
) -> Response:
    """All that is kept of a person: attributes, terminals, the messages that each was sent and what
    became of them; and in `named_by` the saved audiences, drafts and scheduled messages that list
    the user, or a terminal or push token of the user. 404 where nothing is kept.

    `next_cursor` leads on; null is the end. The first page has attributes, saved audiences and
    drafts. A page has the latest 10 messages of each terminal: `history.next_cursor` leads on in
    `/v1/terminals/{id}/messages`. Of a user with more than 1,000 terminals, the first 1,000 are
    looked for in `named_by`. The key needs the scope `read` as well.
    """
    await authorize(request, Scope.READ)
    name = user_in_path(request.scope["raw_path"])
    place = to_place(cursor)
    page = await gather_person(context_of(request).stores, configured.app, name, place, limit)
    if place is None and page.is_empty:
        raise NotFound("nothing is kept of this user")
    return json_response(from_person(name, page))


@router.patch(
    "/users/{user}",
    operation_id="change_user",
    responses=response_schema(ChangedUser),
    openapi_extra=body_schema(UserChangeBody),
)
async def change(request: Request, configured: TerminalsWriteCaller, user: UserInPath) -> Response:
    """Change attributes of a person by name. The others stay. Null as a value removes one
    attribute, null in place of the object removes all.

    In audiences all terminals of the user have them, also terminals that are registered later. At
    most 32 are kept. A user with more than 256 terminals in one shard cannot be given attributes.
    """
    name = user_in_path(request.scope["raw_path"])
    written = parse(await read_body(request, MAX_BODY), UserChangeBody)
    attributes = await context_of(request).stores.people.change(configured.app, name, written.attributes)
    await note(request, "person.changed", user=name)
    return json_response({"user": name, "attributes": attributes})


@router.delete(
    "/users/{user}",
    operation_id="erase_user",
    responses=response_schema(ErasedUser, 200, "Erased")
    | response_schema(ErasedUser, 202, "Being erased: the scheduler does the rest"),
)
async def erase(request: Request, configured: TerminalsWriteCaller, user: UserInPath) -> Response:
    """Erase every trace of a person: attributes, terminals with ids and push tokens, the slots that
    they left, histories; in audiences, saved or of messages, names that nobody can read take the
    places of the user, ids and push tokens; contents of messages to nobody else are emptied.

    Outcomes stay, as counts of nobody. Afterwards Redis writes its log anew, where it allows that:
    `log` and `remaining` tell. May be repeated: where nothing is kept of the user, nothing is
    erased, and all counts are 0. What the app registers meanwhile stays.
    """
    context, name = context_of(request), user_in_path(request.scope["raw_path"])
    # An erasure goes on after a crash: the log has it before anything is erased.
    await note(request, "person.erased", user=name)
    erasure = PersonErasure(context.stores, context.redis, context.clock)
    report = await erasure.erase(configured.app, name, _ERASING)
    return json_response(from_erasure(report), 200 if report.is_complete else 202)
