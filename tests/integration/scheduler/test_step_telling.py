"""Steps to a webhook are told beside the making of other steps."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

from tests.support.escalations import AFTER, NEXT, PHONE, PlayedEscalations
from tests.support.scheduler import SchedulerParts

from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal
from pushgate.domain.escalation import Escalates, MadeStep, NoStep
from pushgate.grouping.algebra import SlotSet
from pushgate.grouping.step_audiences import StepAudiences
from pushgate.scheduler.escalations import EscalationRounds
from pushgate.scheduler.step_telling import LEASE

WEBHOOK = replace(NEXT, to="webhook")


class SlowAudiences:
    """The audiences of steps. Whom a message did not reach takes until a test says so."""

    def __init__(self, audiences: StepAudiences) -> None:
        self.select = audiences.select
        self._audiences = audiences
        self.began, self.go_on = asyncio.Event(), asyncio.Event()
        self.begun = 0

    async def unreached(self, app: App, step: Escalates) -> AsyncIterator[tuple[int, SlotSet]]:
        self.begun += 1
        self.began.set()
        await self.go_on.wait()
        async for portion in self._audiences.unreached(app, step):
            yield portion


def _slow_rounds(parts: SchedulerParts) -> tuple[EscalationRounds, SlowAudiences]:
    context, slow = parts.context, SlowAudiences(parts.stores.step_audiences)
    stores = replace(context.stores, step_audiences=cast("StepAudiences", slow))
    return EscalationRounds(stores, context.clock, context.catalog), slow


async def test_telling_holds_up_no_other_step(escalations: PlayedEscalations, parts: SchedulerParts) -> None:
    await escalations.register(ann=["tablet", "phone"], bob=["pad", "cell"])
    told = [await escalations.send(WEBHOOK, audience=PHONE) for _ in range(6)]
    message = await escalations.send(NEXT, audience=ByTerminal(("cell",)))
    parts.clock.advance(AFTER.total_seconds())
    rounds, slow = _slow_rounds(parts)
    await asyncio.wait_for(rounds.run_once(), 10)
    await escalations.step(message)
    await slow.began.wait()
    assert (await escalations.steps(told[0])).made == []
    slow.go_on.set()
    await rounds.telling.wait_until_idle()
    assert slow.begun == 4, "each of the others waits for its turn"
    await escalations.advance()
    for one in told:
        assert (await escalations.steps(one)).made == [MadeStep(None, NoStep.TOLD, 1)]


async def test_what_a_scheduler_did_not_finish_telling_another_one_tells(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = await escalations.send(WEBHOOK, audience=PHONE)
    parts.clock.advance(AFTER.total_seconds())
    rounds, slow = _slow_rounds(parts)
    await rounds.run_once()
    await slow.began.wait()
    await escalations.rounds()
    assert (await escalations.steps(message)).made == []
    await rounds.telling.close()
    await escalations.advance(LEASE)
    assert (await escalations.steps(message)).made == [MadeStep(None, NoStep.TOLD, 1)]
