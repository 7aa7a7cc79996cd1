"""`/v1/messages/{id}/results`: what became of a message."""

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import ReadCaller, context_of
from pushgate.api.http import json_response
from pushgate.api.mapping.results import from_pending_reason, from_report
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.fields import MessageIdInPath
from pushgate.api.schemas.results import Results
from pushgate.apps.pending_reasons import pending_reasons

router = APIRouter(prefix="/v1", tags=["messages"])


@router.get("/messages/{message_id}/results", operation_id="get_results", responses=response_schema(Results))
async def results(request: Request, configured: ReadCaller, message_id: MessageIdInPath) -> Response:
    """Who received it, who clicked: totals, by group, failure reasons, and counts by minute.

    `targeted = pending + accepted + invalid + rejected + expired + cancelled` at every moment.
    `received` counts terminals that were delivered to or clicked in groups of which deliveries are
    reported, else those that were accepted or clicked; `click_through_rate` is clicked / received,
    null while nothing was received. `waiting` says why terminals are still pending, where something
    keeps them waiting. `dry_run` is null where nothing but the results is left of the message.
    """
    context = context_of(request)
    tracked, report = await context.stores.tracked.results.find(configured.app, message_id)
    now, vendors = context.clock.now(), report.pending_vendors
    reasons = await pending_reasons(context.stores, configured, now, tracked, vendors)
    return json_response(
        {
            "id": message_id,
            "status": tracked.status.value,
            "dry_run": tracked.envelope.dry_run if tracked.envelope else None,
            **from_report(report),
            "waiting": [from_pending_reason(reason) for reason in reasons],
        }
    )
