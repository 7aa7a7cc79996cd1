"""`GET /v1/quotas`: how much of vendors' daily quotas an app has used."""

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import ReadCaller, context_of
from pushgate.api.http import json_response
from pushgate.api.mapping.quotas import from_quota
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.quotas import QuotaReport
from pushgate.api.times import format_instant
from pushgate.domain.push_class import next_vendor_day, vendor_day

router = APIRouter(prefix="/v1", tags=["operations"])


@router.get("/quotas", operation_id="get_quotas", responses=response_schema(QuotaReport))
async def quotas(request: Request, configured: ReadCaller) -> Response:
    """How much of its vendors' daily quotas the app has used today, for each quota that the app's
    settings name. Vendors in China count pushes by class and by the day of Asia/Shanghai.
    """
    context, named = context_of(request), configured.quotas
    now = context.clock.now()
    states = await context.stores.quotas.read(named)
    return json_response(
        {
            "day": vendor_day(now),
            "ends_at": format_instant(next_vendor_day(now)),
            "quotas": [from_quota(quota, state) for quota, state in zip(named, states, strict=True)],
        }
    )
