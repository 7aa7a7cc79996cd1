"""`/v1/messages/{id}:pause` and `:resume`: one message waits, and goes on."""

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import PushCaller
from pushgate.api.idempotency import IdempotencyKey
from pushgate.api.message_acts import act_once
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.fields import MessageIdInPath
from pushgate.api.schemas.message_responses import TrackedMessage
from pushgate.pausing import pause as pause_message
from pushgate.pausing import resume as resume_message

router = APIRouter(prefix="/v1", tags=["messages"])


@router.post(
    "/messages/{message_id}:pause", operation_id="pause_message", responses=response_schema(TrackedMessage)
)
async def pause(
    request: Request,
    configured: PushCaller,
    message_id: MessageIdInPath,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send nothing more of a message until it is resumed. Idempotent.

    Answers to pushes that were already sent are recorded. The time to live goes on: pushes that are
    pending at its end expire. A message to at most 64 terminals, users or tokens can only be paused
    before its push time.
    """
    act = pause_message
    return await act_once(request, configured, message_id, idempotency_key, act, "pause", "message.paused")


@router.post(
    "/messages/{message_id}:resume", operation_id="resume_message", responses=response_schema(TrackedMessage)
)
async def resume(
    request: Request,
    configured: PushCaller,
    message_id: MessageIdInPath,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Resume a paused message: it is sent at its push time, or at once if that is past.
    Idempotent.
    """
    act = resume_message
    return await act_once(request, configured, message_id, idempotency_key, act, "resume", "message.resumed")
