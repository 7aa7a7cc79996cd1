"""`/v1/schedules`: messages that recur by a cron expression. Each run is a message of its own."""

import hashlib
import secrets
from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import PushCaller, ReadCaller, caller_of, context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.idempotency import IdempotencyKey, request_key
from pushgate.api.mapping.schedules import from_part, from_series, to_rule
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schedules import Schedules
from pushgate.api.schemas.fields import Digits
from pushgate.api.schemas.schedules import (
    SCHEDULE_ID,
    RunPage,
    Schedule,
    ScheduleBody,
    ScheduleChange,
    ScheduleIdInPath,
    SchedulePage,
    ScheduleTimes,
    ScheduleWithWarnings,
    UpcomingRuns,
)
from pushgate.api.times import format_instant
from pushgate.domain.errors import NotFound
from pushgate.series import recurrence
from pushgate.series.recurrence import Recurrence
from pushgate.series.values import Series, SeriesStatus

router = APIRouter(prefix="/v1", tags=["schedules"])
_SHOWN_RUNS = 5
_Upcoming = Annotated[
    int, Digits, Query(ge=0, le=100, description="how many of the next runs to list, at most 100")
]
_WRITTEN = response_schema(ScheduleWithWarnings, 200, "Changed")
_NEW = response_schema(ScheduleWithWarnings, 201, "New")


@router.post(
    "/schedules",
    operation_id="create_schedule",
    status_code=201,
    responses=_NEW,
    openapi_extra=body_schema(ScheduleBody),
)
async def create(
    request: Request, configured: PushCaller, idempotency_key: IdempotencyKey = None
) -> Response:
    """Create a schedule; Pushgate chooses its id. Each run is a message of its own, whose id
    follows from schedule and instant. The message is checked now, and once more by each vendor when
    it is sent. At most 1,000 schedules an app.
    """
    context = context_of(request)
    written = parse(await read_body(request, context.settings.max_body), ScheduleBody)
    key = request_key(configured, idempotency_key, "create schedule", written)
    # A request that comes again finds its schedule, even after a crash before it was recorded.
    made = hashlib.sha256(key.request_name.encode()).hexdigest() if key else secrets.token_hex(10)
    schedule_id = made[:20]
    schedules = Schedules(context, configured, caller_of(request).key.name)
    records = context.stores.idempotency
    if key and await records.read(key) and (known := await schedules.find(schedule_id)):
        return json_response(_shown(context, known) | {"warnings": []}, 201)
    series, warnings, _ = await schedules.put(schedule_id, written)
    if key:
        await records.remember(key, schedule_id.encode())
    await note(request, "schedule.created", schedule_id)
    return json_response(_shown(context, series) | {"warnings": warnings}, 201)


@router.put(
    "/schedules/{schedule_id}",
    operation_id="put_schedule",
    responses=_WRITTEN | _NEW,
    openapi_extra=body_schema(ScheduleBody),
)
async def put(request: Request, configured: PushCaller, schedule_id: ScheduleIdInPath) -> Response:
    """Create a schedule under an id that the caller chooses, or replace the schedule with this id:
    201 when it is new. Messages that it has already made stay as they are. A paused schedule stays
    paused.
    """
    context = context_of(request)
    written = parse(await read_body(request, context.settings.max_body), ScheduleBody)
    schedules = Schedules(context, configured, caller_of(request).key.name)
    series, warnings, is_new = await schedules.put(schedule_id, written)
    await note(request, "schedule.created" if is_new else "schedule.changed", schedule_id)
    return json_response(_shown(context, series) | {"warnings": warnings}, 201 if is_new else 200)


@router.get("/schedules", operation_id="list_schedules", responses=response_schema(SchedulePage))
async def page(
    request: Request,
    configured: ReadCaller,
    cursor: Annotated[str | None, Query(pattern=SCHEDULE_ID)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=100)] = 20,
) -> Response:
    """The app's schedules in the order of their ids. `next_cursor` leads to the next page; null is
    the end.
    """
    context = context_of(request)
    found, following = await context.stores.series.listed(configured.app.name, cursor or "", limit)
    rows = [_shown(context, one, upcoming=1) for one in found]
    return json_response({"schedules": rows, "next_cursor": following})


@router.get("/schedules/{schedule_id}", operation_id="get_schedule", responses=response_schema(Schedule))
async def show(
    request: Request,
    configured: ReadCaller,
    schedule_id: ScheduleIdInPath,
    upcoming: _Upcoming = _SHOWN_RUNS,
) -> Response:
    """A schedule with its message and its next runs."""
    context = context_of(request)
    series = await context.stores.series.read(configured.app.name, schedule_id)
    return json_response(_shown(context, series, upcoming=upcoming))


@router.patch(
    "/schedules/{schedule_id}",
    operation_id="change_schedule",
    responses=_WRITTEN,
    openapi_extra=body_schema(ScheduleChange),
)
async def change(request: Request, configured: PushCaller, schedule_id: ScheduleIdInPath) -> Response:
    """Change fields of a schedule; `message` is replaced as a whole. Messages that the schedule has
    already made stay as they are.
    """
    context = context_of(request)
    written = parse(await read_body(request, context.settings.max_body), ScheduleChange)
    schedules = Schedules(context, configured, caller_of(request).key.name)
    series, warnings = await schedules.change(schedule_id, written)
    await note(request, "schedule.changed", schedule_id, fields=",".join(sorted(written.model_fields_set)))
    return json_response(_shown(context, series) | {"warnings": warnings})


@router.delete("/schedules/{schedule_id}", operation_id="delete_schedule", status_code=204)
async def delete(request: Request, configured: PushCaller, schedule_id: ScheduleIdInPath) -> Response:
    """Delete a schedule. Messages that it made stay; cancel each of them separately."""
    if not await context_of(request).stores.series.delete(configured.app.name, schedule_id):
        raise NotFound(f"there is no schedule {schedule_id}")
    await note(request, "schedule.deleted", schedule_id)
    return Response(status_code=204)


@router.post(
    "/schedules/{schedule_id}:pause", operation_id="pause_schedule", responses=response_schema(Schedule)
)
async def pause(request: Request, configured: PushCaller, schedule_id: ScheduleIdInPath) -> Response:
    """Pause a schedule: it makes no messages until it is resumed. Instants that pass meanwhile are
    listed in `runs` as `paused`. Idempotent.
    """
    context = context_of(request)
    schedules = Schedules(context, configured, caller_of(request).key.name)
    series = await schedules.turn(schedule_id, SeriesStatus.PAUSED)
    await note(request, "schedule.paused", schedule_id)
    return json_response(_shown(context, series))


@router.post(
    "/schedules/{schedule_id}:resume", operation_id="resume_schedule", responses=response_schema(Schedule)
)
async def resume(request: Request, configured: PushCaller, schedule_id: ScheduleIdInPath) -> Response:
    """Resume a paused schedule. Instants that passed meanwhile are not made up for. Idempotent."""
    context = context_of(request)
    schedules = Schedules(context, configured, caller_of(request).key.name)
    series = await schedules.turn(schedule_id, SeriesStatus.ACTIVE)
    await note(request, "schedule.resumed", schedule_id)
    return json_response(_shown(context, series))


@router.get("/schedules/{schedule_id}/runs", operation_id="list_runs", responses=response_schema(RunPage))
async def runs(
    request: Request,
    configured: ReadCaller,
    schedule_id: ScheduleIdInPath,
    cursor: Annotated[int | None, Digits, Query(ge=1)] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The result of each instant, newest first: its message, or why there is none. The newest 1,000
    are kept. `next_cursor` leads to the next page; null is the end.
    """
    series_store, app = context_of(request).stores.series, configured.app.name
    series = await series_store.read(app, schedule_id)
    found = await series_store.parts(app, schedule_id, min(cursor or series.number, series.number), limit)
    following = str(found[-1].number) if len(found) == limit and found[-1].number > 1 else None
    return json_response({"runs": [from_part(part) for part in found], "next_cursor": following})


@router.post(
    "/schedules:preview",
    operation_id="preview_schedule",
    responses=response_schema(UpcomingRuns),
    openapi_extra=body_schema(ScheduleTimes),
)
async def preview(request: Request, configured: ReadCaller, upcoming: _Upcoming = _SHOWN_RUNS) -> Response:
    """The next instants of a cron expression in a time zone, as a schedule would have them. Nothing
    is stored.
    """
    context = context_of(request)
    written = parse(await read_body(request, context.settings.max_body), ScheduleTimes)
    now = context.clock.now()
    rule = to_rule(written, now, caller_of(request).key.name)
    return json_response({"upcoming": _next_runs(rule, now, upcoming)})


def _next_runs(rule: Recurrence, after: datetime, count: int) -> list[str]:
    return [format_instant(one) for one in islice(recurrence.upcoming(rule, after), count)]


def _shown(context: ApiContext, series: Series, upcoming: int = _SHOWN_RUNS) -> dict[str, object]:
    """Return a schedule as JSON, with so many of its next runs."""
    rule = recurrence.decode(series.definition)
    found = [] if series.status is SeriesStatus.ENDED else _next_runs(rule, context.clock.now(), upcoming)
    return from_series(series) | {"upcoming": found}
