"""`/v1/messages/{id}/failures` and `/retry`: failed terminals are listed and sent to again."""

from datetime import timedelta
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from pushgate.api.auth import PushCaller, ReadCaller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import JSON_TYPES, json_response, parse, read_body
from pushgate.api.idempotency import IdempotencyKey, request_key, respond_once
from pushgate.api.mapping.messages import from_message
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.failures import FailedState, FailurePage, Retry, RetryBody
from pushgate.api.schemas.fields import Digits, MessageIdInPath
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.ledger.dead_letters import FAILED
from pushgate.resend import ResendRequest, resend
from pushgate.tracking.failures import FailedTerminal

router = APIRouter(prefix="/v1", tags=["messages"])


@router.get(
    "/messages/{message_id}/failures", operation_id="list_failures", responses=response_schema(FailurePage)
)
async def failures(
    request: Request,
    configured: ReadCaller,
    message_id: MessageIdInPath,
    state: Annotated[FailedState | None, Query(description="only these; unset = all three")] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The terminals that did not get the message: vendor, code, reason, and when that was known:
    to the second for messages to few terminals, else the minute in which it was.

    `terminal` is the id of a registered terminal, `token` the push token of one that came with the
    message; the other one is null. `next_cursor` leads on; null is the end. What is sent again
    leaves the list.
    """
    context = context_of(request)
    states = FAILED if state is None else (state,)
    try:
        found, following = await context.stores.tracked.failures.page(
            configured.app, message_id, states, cursor, limit
        )
    except ValueError as error:
        text = "is not one that this call gave out; leave it away to begin"
        raise InvalidRequest([FieldError("cursor", text)]) from error
    return json_response({"failures": [_row(terminal) for terminal in found], "next_cursor": following})


@router.post(
    "/messages/{message_id}/retry",
    operation_id="retry_message",
    status_code=202,
    responses=response_schema(Retry, 202, "Dispatching"),
    openapi_extra=body_schema(RetryBody, required=False),
)
async def retry(
    request: Request,
    configured: PushCaller,
    message_id: MessageIdInPath,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send a message that is `sent` once more to the terminals that did not get it; 202 means that
    it will be.

    Without a body: to those that were rejected or expired. What was sent `at_most_once` and never
    answered is left out.
    """
    context = context_of(request)
    types = JSON_TYPES if request.headers.get("content-type") else ("",)
    raw = await read_body(request, context.settings.max_body, types)
    written = parse(raw or b"{}", RetryBody)
    key = request_key(configured, idempotency_key, f"retry {message_id}", written)
    ttl = None if written.ttl is None else timedelta(seconds=written.ttl)
    wanted = ResendRequest(written.states, ttl, key)
    return await respond_once(context, key, lambda: _resend(context, configured, message_id, wanted), 202)


async def _resend(
    context: ApiContext, configured: ConfiguredApp, message_id: str, request: ResendRequest
) -> bytes:
    stored = await resend(context.stores, context.clock, configured, message_id, request)
    again = stored.message.resend
    return orjson.dumps({"terminals": again.terminals if again else 0, **from_message(stored)})


def _row(terminal: FailedTerminal) -> dict[str, object]:
    return {
        "terminal": terminal.name.terminal,
        "token": terminal.name.token,
        "vendor": terminal.failure.vendor,
        "language": terminal.language,
        "state": terminal.state.value,
        "code": terminal.failure.code,
        "reason": terminal.failure.reason,
        "time": terminal.at.isoformat().replace("+00:00", "Z"),
    }
