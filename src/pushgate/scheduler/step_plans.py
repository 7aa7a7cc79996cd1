"""Checks the plans that decide whom a step of an escalation is for.

These are the plans of the escalated message and of its earlier steps. If a shard had no plan,
nobody in that shard would get the step.
"""

from pushgate.domain.app import App
from pushgate.domain.errors import NotFound
from pushgate.domain.escalation import Escalates
from pushgate.domain.message import Status
from pushgate.scheduler.awaited_plans import PlanAwaited
from pushgate.stores import Stores

_PLANNED_SOON = (Status.SCHEDULED, Status.DISPATCHING, Status.SENDING, Status.PAUSED)
"""A message in one of these statuses will be planned, or planned again, in all shards; a paused one
once it is resumed. In any other status nothing more is planned.
"""


async def are_missing(stores: Stores, app: App, step: Escalates) -> bool:
    """Whether a shard is about to get a plan, for the first time or because it has lost one. Raises
    EngineUnavailable.
    """
    for message_id in await stores.plans.incomplete(app, step.message_ids, range(app.shards)):
        try:
            stored = await stores.messages.read_envelope(app.name, message_id)
        except NotFound:
            continue
        if stored.status in _PLANNED_SOON:
            return True
    return False


async def require(stores: Stores, app: App, step: Escalates) -> None:
    """Raise PlanAwaited where a shard is about to get a plan. Raises EngineUnavailable."""
    if await are_missing(stores, app, step):
        raise PlanAwaited("a plan of the message that is escalated, or of an earlier step, was lost")
