"""`GET /v1/activity`: what happened to an app's terminals today and in the last hour."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from pushgate.api.auth import ReadCaller, context_of
from pushgate.api.http import json_response
from pushgate.api.mapping.activity import from_counts, from_minutes
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.activity import ActivityReport
from pushgate.api.schemas.fields import Timezone
from pushgate.api.times import format_instant
from pushgate.ledger.activity import midnight

router = APIRouter(prefix="/v1", tags=["operations"])


@router.get("/activity", operation_id="get_activity", responses=response_schema(ActivityReport))
async def activity(
    request: Request,
    configured: ReadCaller,
    timezone: Annotated[
        Timezone, Query(description="IANA name of the time zone in which today begins at midnight")
    ] = "UTC",
) -> Response:
    """What happened to the app's terminals since midnight, and in each of the last 60 minutes: how
    many came to each state, and how many receipts arrived, in total and by vendor. All messages are
    counted together, in the same step as their own results.

    A terminal counts at the time at which it came to the state, whenever its message was created: a
    click counts on the day of the click.
    """
    context, zone = context_of(request), ZoneInfo(timezone)
    counted, now = context.stores.activity, context.clock.now()
    today = await counted.today(configured.app, zone)
    last_hour = await counted.last_hour(configured.app)
    return json_response(
        {
            "timezone": timezone,
            "today": from_counts(today) | {"since": format_instant(midnight(now, zone))},
            "minutes": list(from_minutes(now, last_hour)),
            "rates": [
                {"vendor": name, "rate_limit": configured.vendors[name].rate.per_second or None}
                for name in sorted(configured.vendors)
            ],
        }
    )
