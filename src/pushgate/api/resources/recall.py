"""`/v1/messages/{id}/recall`: takes back the pushes of a message, where the vendor can."""

import orjson
from fastapi import APIRouter, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import PushCaller, context_of
from pushgate.api.idempotency import IdempotencyKey, request_key, respond_once
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.fields import MessageIdInPath
from pushgate.api.schemas.recall import Recall
from pushgate.recall.recall import RecallResult, VendorRecall
from pushgate.recall.recall import recall as recall_message

router = APIRouter(prefix="/v1", tags=["messages"])


@router.post(
    "/messages/{message_id}/recall", operation_id="recall_message", responses=response_schema(Recall)
)
async def recall(
    request: Request,
    configured: PushCaller,
    message_id: MessageIdInPath,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Stop a message and take it back from the terminals that have it, where their vendor can do
    that.

    Each vendor that took the message is listed with its result: `can_recall`, the terminals
    `recalled` by this call, those that `failed`, those `left` when the call's time was over (call
    again to go on), and the `reason` where something is in the way. Terminals whose vendor gave no
    answer may have the message, so the recall includes them. A notification that was replaced under
    a `collapse_key` is recalled with its successor. Idempotent; to go on with an `Idempotency-Key`,
    use a new key.
    """
    context = context_of(request)

    async def run() -> bytes:
        # A recall calls vendors one after the other: the log has it before anything is taken back.
        await context.stores.tracked.messages.find(configured.app, message_id)
        await note(request, "message.recalled", message_id)
        release = context.catalog.hold()
        try:
            current = context.catalog.apps.get(configured.app.name, configured)
            result = await recall_message(context.stores, current, message_id)
        finally:
            release()
        return orjson.dumps(_body(message_id, result))

    key = request_key(configured, idempotency_key, f"recall {message_id}")
    return await respond_once(context, key, run)


def _body(message_id: str, result: RecallResult) -> dict[str, object]:
    return {
        "id": message_id,
        "status": result.status.value,
        "recalled": result.recalled,
        "left": result.remaining,
        "vendors": [_vendor_body(one) for one in result.vendors],
    }


def _vendor_body(recalled: VendorRecall) -> dict[str, object]:
    return {
        "vendor": recalled.vendor,
        "can_recall": recalled.can_recall,
        "recalled": recalled.recalled,
        "failed": recalled.failed,
        "left": recalled.remaining,
        "reason": recalled.reason,
    }
