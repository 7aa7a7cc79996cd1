"""`/v1/messages/{id}/retry`: a message is sent again to its failed terminals."""

from datetime import timedelta

import orjson
from fastapi import APIRouter, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import PushCaller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import JSON_TYPES, parse, read_body
from pushgate.api.idempotency import IdempotencyKey, request_key, respond_once
from pushgate.api.mapping.messages import from_message
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.fields import MessageIdInPath
from pushgate.api.schemas.retry import Retry, RetryBody
from pushgate.apps.catalog import ConfiguredApp
from pushgate.resend import ResendRequest, resend

router = APIRouter(prefix="/v1", tags=["messages"])


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

    Without a body, the message goes to terminals that were rejected or expired. Pushes that were
    sent `at_most_once` and never answered are left out.
    """
    context = context_of(request)
    types = JSON_TYPES if request.headers.get("content-type") else ("",)
    raw = await read_body(request, context.settings.max_body, types)
    written = parse(raw or b"{}", RetryBody)
    key = request_key(configured, idempotency_key, f"retry {message_id}", written)
    ttl = None if written.ttl is None else timedelta(seconds=written.ttl)
    wanted = ResendRequest(written.states, ttl, key)

    async def run() -> bytes:
        response = await _resend(context, configured, message_id, wanted)
        await note(request, "message.retried", message_id)
        return response

    return await respond_once(context, key, run, 202)


async def _resend(
    context: ApiContext, configured: ConfiguredApp, message_id: str, request: ResendRequest
) -> bytes:
    stored = await resend(context.stores, context.clock, configured, message_id, request)
    again = stored.message.resend
    return orjson.dumps({"terminals": again.terminals if again else 0, **from_message(stored)})
