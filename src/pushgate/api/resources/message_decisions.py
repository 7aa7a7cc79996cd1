"""`/v1/messages/{id}:decide`: the rest of a message gets one of its variants now."""

import orjson
from fastapi import APIRouter, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import PushCaller, context_of
from pushgate.api.http import parse, read_body
from pushgate.api.idempotency import IdempotencyKey, request_key, respond_once
from pushgate.api.mapping.experiments import from_decision
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.decisions import DecisionBody, MessageDecision
from pushgate.api.schemas.fields import MessageIdInPath
from pushgate.deciding import decide_by_hand

router = APIRouter(prefix="/v1", tags=["messages"])


@router.post(
    "/messages/{message_id}:decide",
    operation_id="decide_message",
    responses=response_schema(MessageDecision),
    openapi_extra=body_schema(DecisionBody),
)
async def decide(
    request: Request,
    configured: PushCaller,
    message_id: MessageIdInPath,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Give the rest of a message this variant, without waiting longer. Idempotent.

    The message must have `winner`, and be in the course of sending. A decision is final: 409 if the
    rest already gets another variant.
    """
    context = context_of(request)
    written = parse(await read_body(request, context.settings.max_body), DecisionBody)

    async def run() -> bytes:
        split, decision = await decide_by_hand(
            context.stores, configured.app, message_id, written.variant, context.clock.now()
        )
        await note(request, "message.decided", message_id)
        return orjson.dumps({"id": message_id, **from_decision(split, decision)})

    key = request_key(configured, idempotency_key, f"decide {message_id}", written)
    return await respond_once(context, key, run)
