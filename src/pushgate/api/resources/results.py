"""`/v1/messages/{id}/results`: the results of a message."""

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import ReadCaller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import json_response
from pushgate.api.mapping.canaries import from_canary_state
from pushgate.api.mapping.escalation import from_tracked_steps
from pushgate.api.mapping.experiments import from_experiment
from pushgate.api.mapping.results import from_parts, from_pending_reason, from_report, from_to_come
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.fields import MessageIdInPath
from pushgate.api.schemas.results import Results
from pushgate.apps.pending_reasons import pending_reasons, undecided_reasons
from pushgate.domain.app import App
from pushgate.domain.canary import CanaryState, Phase
from pushgate.domain.message import Status
from pushgate.domain.message_id import is_family
from pushgate.grouping.to_come import ToCome
from pushgate.tracking.experiments import Experiment
from pushgate.tracking.messages import TrackedMessage

router = APIRouter(prefix="/v1", tags=["messages"])


@router.get("/messages/{message_id}/results", operation_id="get_results", responses=response_schema(Results))
async def results(request: Request, configured: ReadCaller, message_id: MessageIdInPath) -> Response:
    """Who received it, who clicked: totals, by group, failure reasons, and counts by minute.

    `targeted = pending + accepted + invalid + rejected + expired + cancelled` at every moment. In
    groups whose deliveries are reported, `received` counts terminals that were delivered to or
    clicked; in other groups, those that were accepted or clicked. `click_through_rate` is clicked /
    received, null while nothing was received. `waiting` says why terminals are still pending, if
    something keeps them waiting. `dry_run` is null where only the results are left of the message.
    `experiment` compares the message's variants, if it has any, and names the best. `canary` says
    whether only the canary of a message is sent, and why the message was held or slowed.

    `held` says for how many terminals the message waits until quiet hours end there, and when the
    first of them are due.

    A message to a local time or to the best hour has the sums of its parts. `parts` has the counts
    of each part; `to_come` has the instants at which terminals are still due, and approximately how
    many.
    """
    context = context_of(request)
    tracked, report = await context.stores.tracked.results.find(configured.app, message_id)
    now, pending = context.clock.now(), report.pending_by_vendor
    experiment = await _experiment(context, configured.app, tracked)
    reasons = [
        *(await pending_reasons(context.stores, configured, now, tracked, pending)),
        *undecided_reasons(now, tracked, experiment),
    ]
    steps = await context.stores.tracked.steps.of(configured.app, tracked)
    return json_response(
        {
            "id": message_id,
            "status": tracked.status.value,
            "dry_run": tracked.envelope.dry_run if tracked.envelope else None,
            **from_report(report),
            "waiting": [from_pending_reason(reason) for reason in reasons],
            **await _parts(context, configured.app, tracked),
            **({"experiment": from_experiment(experiment)} if experiment else {}),
            **await _canary(context, tracked),
            **({"steps": from_tracked_steps(steps)} if steps else {}),
        }
    )


async def _parts(context: ApiContext, app: App, tracked: TrackedMessage) -> dict[str, object]:
    """Return the parts of a message that goes out in parts as JSON, and what is to come."""
    if not is_family(tracked.id) or tracked.envelope is None:
        return {}
    stores = context.stores
    to_come = ToCome({}, context.clock.now())
    if tracked.status in (Status.SCHEDULED, Status.SENDING, Status.PAUSED):
        to_come = await stores.to_come.count(app, tracked.envelope)
    parts = await stores.tracked.results.of_parts(app, tracked.id)
    return {"parts": from_parts(parts), "to_come": from_to_come(to_come)}


async def _canary(context: ApiContext, tracked: TrackedMessage) -> dict[str, object]:
    """Return the state of the message's canary as JSON, once the canary has begun."""
    if tracked.envelope is None or tracked.envelope.canary is None:
        return {}
    state = await context.stores.canaries.find(tracked.id)
    is_over = tracked.status in (Status.SENT, Status.CANCELLED)
    if state and is_over and state.phase in (Phase.RUNNING, Phase.HELD):
        state = CanaryState(Phase.ENDED, finding=state.finding, few_answers=state.few_answers)
    return {"canary": from_canary_state(state)} if state else {}


async def _experiment(context: ApiContext, app: App, tracked: TrackedMessage) -> Experiment | None:
    """Return the message's variants compared, None where it has none."""
    if tracked.envelope is None:
        return None
    return await context.stores.tracked.experiments.find(app, tracked.envelope)
