"""`POST /v1/messages:plan`: predicts the results of a message before it is sent."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pushgate.api.auth import PushCaller, context_of
from pushgate.api.http import json_response, read_body
from pushgate.api.mapping.message_plan import from_plan
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.audience_count import CountBy
from pushgate.api.schemas.message_plan import MessagePlan
from pushgate.api.schemas.messages import MessageBody
from pushgate.api.sendable import require_sendable
from pushgate.domain.errors import FieldError
from pushgate.preflight.planning import Preflight

_OF_FIRST = FieldError(
    "variants", "limits are those of the first variant, and counts include terminals that are held out"
)
router = APIRouter(prefix="/v1", tags=["messages"])


@router.post(
    "/messages:plan",
    operation_id="plan_message",
    responses=response_schema(MessagePlan),
    openapi_extra=body_schema(MessageBody),
)
async def plan(
    request: Request,
    configured: PushCaller,
    by: Annotated[CountBy | None, Query(description="counts beside those of the groups")] = None,
) -> Response:
    """Predict the results of a message with the registry as it is now: how many terminals it goes
    to and with which content, what vendors would refuse or cut, how long sending takes, and which
    other messages the same terminals get at about the same time.

    The body is that of `POST /v1/messages`, and so are errors and warnings. Nothing is stored and
    nothing is sent.
    """
    context = context_of(request)
    body = await read_body(request, context.settings.max_body)
    sendable = await require_sendable(context, configured, body)
    preflight = Preflight(context.stores, configured, context.callbacks.sign)
    message = sendable.message
    now = context.clock.now()
    planned = await preflight.plan(message, sendable.audience, now, by_timezone=by is not None)
    warnings = [*sendable.warnings, *([_OF_FIRST] if message.split else [])]
    return json_response(from_plan(planned, warnings))
