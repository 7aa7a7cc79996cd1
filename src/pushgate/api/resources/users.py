"""`/v1/users`: the data kept about people are shown, changed and erased."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import TerminalsReadCaller, TerminalsWriteCaller, authorize, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.terminals import to_opt_out_change
from pushgate.api.mapping.users import (
    CURSOR,
    from_changed_person,
    from_erasure,
    from_person,
    to_hours,
    to_place,
    user_in_path,
)
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.fields import Digits, UserInPath
from pushgate.api.schemas.users import ChangedUser, ErasedUser, UserChangeBody, UserPage
from pushgate.domain.app import Scope
from pushgate.domain.errors import FieldError, InvalidRequest, NotFound
from pushgate.people.erasure import PersonErasure
from pushgate.people.gathering import gather_person
from pushgate.terminals.people import OptOutChange

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
    """All data kept about a person: attributes, terminals, the messages that each terminal was sent
    and their results; and in `named_by` the saved audiences, drafts, schedules and scheduled
    messages that list the user, or a terminal or push token of the user. 404 if nothing is kept.

    `next_cursor` leads to the next page; null is the end. The first page has attributes, opt-outs,
    saved audiences, drafts and schedules. A page has the latest 10 messages of each terminal:
    `history.next_cursor` is a cursor for `/v1/terminals/{id}/messages`. For a user with more than
    1,000 terminals, `named_by` covers the first 1,000. The key needs the scope `read` as well.
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
    """Change attributes, opt-outs and quiet hours of a person; what the body leaves out stays. Null
    as a value removes one attribute, null in place of the object removes all.

    `opt_out` takes a list of all categories of which the person wants no messages, or `{"add":
    [...], "remove": [...]}`; terminals that are left out of a message for that reason are cancelled
    with the code `opt_out`. `quiet_hours` are those of the person, in the time of each terminal,
    besides those of the app; null removes them. In audiences all terminals of the user have the
    attributes, also terminals that are registered later. At most 32 of each are kept. A user with
    more than 256 terminals in one shard cannot be given any.
    """
    name = user_in_path(request.scope["raw_path"])
    written = parse(await read_body(request, MAX_BODY), UserChangeBody)
    if not written.model_fields_set:
        raise InvalidRequest([FieldError("body", "name at least one field that is to change")])
    errors: list[FieldError] = []
    given = written.model_fields_set
    opt_out = to_opt_out_change(written.opt_out, errors) if "opt_out" in given else OptOutChange()
    quiet_hours = to_hours(written.quiet_hours, errors) if "quiet_hours" in given else None
    if errors:
        raise InvalidRequest(errors)
    changes = written.attributes if "attributes" in given else {}
    person = await context_of(request).stores.people.change(
        configured.app, name, changes, opt_out, quiet_hours
    )
    await note(request, "person.changed", user=name)
    return json_response(from_changed_person(name, person))


@router.delete(
    "/users/{user}",
    operation_id="erase_user",
    responses=response_schema(ErasedUser, 200, "Erased")
    | response_schema(ErasedUser, 202, "Being erased: the scheduler does the rest"),
)
async def erase(request: Request, configured: TerminalsWriteCaller, user: UserInPath) -> Response:
    """Erase every trace of a person: attributes, terminals with ids and push tokens, the slots that
    they left, histories; in audiences, saved or of messages, unreadable names replace the user, ids
    and push tokens; contents of messages to nobody else are emptied.

    Outcomes stay as anonymous counts. Afterwards Redis rewrites its log, if it allows that: see
    `log` and `remaining`. May be repeated: if nothing is kept of the user, nothing is erased, and
    all counts are 0. Terminals that the app registers meanwhile stay.
    """
    context, name = context_of(request), user_in_path(request.scope["raw_path"])
    # An erasure goes on after a crash: the log has it before anything is erased.
    await note(request, "person.erased", user=name)
    erasure = PersonErasure(context.stores, context.redis, context.clock)
    report = await erasure.erase(configured.app, name, _ERASING)
    return json_response(from_erasure(report), 200 if report.is_complete else 202)
