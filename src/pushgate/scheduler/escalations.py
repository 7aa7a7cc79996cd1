"""Makes the steps of messages that did not reach everybody, each when its instant has come.

Any number of schedulers may do so: a step is made once.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from pushgate.apps.catalog import AppCatalog
from pushgate.apps.reporting import silent_vendors
from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.escalation import WEBHOOK, NoStep, Unless
from pushgate.domain.message import Status
from pushgate.ledger.report import Report
from pushgate.messages.escalations import DueEscalation
from pushgate.runtime import logs
from pushgate.scheduler import step_plans
from pushgate.scheduler.fault_isolation import AFTER_A_FAULT, isolate_and_put_off
from pushgate.scheduler.step_telling import StepTelling
from pushgate.stores import Stores

_AT_ONCE = 16
"""Messages that are looked at together. For each of them, all reached terminals may have to be
read.
"""
_FEW = 4096
"""If at most this many terminals were not reached, it is checked whether the step would be for
anybody before it is made: their users may have no other terminals.
"""
_LOOK_AGAIN = timedelta(seconds=1)
"""The time until another look at a message that is not planned yet, has lost a plan, is paused, or
is put aside.
"""
_log = logs.get("scheduler")


class EscalationRounds:
    """Makes the steps that are due. Raises EngineUnavailable where none can be looked at."""

    def __init__(self, stores: Stores, clock: Clock, catalog: AppCatalog) -> None:
        self._stores = stores
        self._clock = clock
        self._catalog = catalog
        self._escalations = stores.escalations
        self.telling = StepTelling(stores, clock)
        """The steps to a webhook, which run beside the rounds."""

    async def run_once(self) -> None:
        """Look at every message whose next step is due."""
        while due := await self._escalations.due(self._clock.now(), _AT_ONCE):
            hold = await self._stores.store_holds.read()
            if hold:
                due = [one for one in due if not hold.may_put_aside(one.created_at)]
            went_well = await asyncio.gather(*map(self._try_to_advance, due))
            if len(due) < _AT_ONCE or not all(went_well):
                break

    async def _try_to_advance(self, due: DueEscalation) -> bool:
        """Advance a message; returns False where that failed. The other messages go on, and this
        one is looked at again later.
        """
        message_id, went_well = due.message.id, False
        look_later = partial(self._escalations.look_again, message_id, self._clock.now() + AFTER_A_FAULT)
        async with isolate_and_put_off(
            "look at a step", action="step_failed", message_id=message_id, put_off=look_later
        ):
            await self._advance(due)
            went_well = True
        return went_well  # noqa: RET504  # a fault within the block leaves it False

    async def _advance(self, due: DueEscalation) -> None:
        message, now = due.message, self._clock.now()
        # If this attempt fails, the message is looked at again later, after the others.
        if not await self._escalations.claim(message.id, now, max(due.due_at, now + _LOOK_AGAIN)):
            return
        if due.due_at > now or due.status not in (Status.SENDING, Status.SENT):
            return
        if self._stores.pauses.find(message.app):
            return  # pushes of the message itself may wait for the app to be resumed
        # Sending failures again prolongs the time to live of the message, but not that of its
        # steps.
        if max(due.due_at, now) >= message.push_at + message.lifetime:
            await self._escalations.pass_over(due, NoStep.EXPIRED)
            return
        configured = await self._catalog.ensure(message.app)
        if not configured.vendors:
            return  # another process has the app's settings, and knows who reports deliveries
        silent = await silent_vendors(self._stores, configured)
        if await step_plans.are_missing(self._stores, configured.app, due.next_step(silent)):
            return
        if due.step.to == WEBHOOK:
            self.telling.begin(due, configured.app, silent)
            return
        report = await self._stores.results.report(configured.app, message.id)
        left = _left(report, due.step.unless, silent)
        if not left or (left <= _FEW and not await self._has_audience(due, configured.app, silent)):
            await self._escalations.pass_over(due, NoStep.NOBODY_LEFT)
        elif made := await self._escalations.make(due, silent, now):
            _log.info(
                "step of a message made",
                action="step_made",
                app=message.app,
                message=message.id,
                step=made.id,
            )

    async def _has_audience(self, due: DueEscalation, app: App, silent: Sequence[str]) -> bool:
        """Whether the next step would be for anybody now."""
        selections = await self._stores.step_audiences.select(app, due.next_step(silent), {})
        return any(selections)


def _left(report: Report, unless: Unless, silent: Sequence[str]) -> int:
    """How many of the message's terminals it has not reached."""
    left = 0
    for group in report.groups:
        came = group.clicked
        if unless is Unless.DELIVERED:
            came = group.states["accepted"] if group.vendor in silent else group.reached
        left += group.targeted - group.states["cancelled"] - came
    return left
