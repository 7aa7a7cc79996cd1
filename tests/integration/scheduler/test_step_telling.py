"""Steps to a webhook are told beside the making of other steps."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import cast

import pytest
from tests.support.escalations import AFTER, NEXT, PHONE, PlayedEscalations
from tests.support.scheduler import APP, SchedulerParts

from pushgate.cancellation import cancel
from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal
from pushgate.domain.escalation import Escalates, MadeStep, NoStep, Step
from pushgate.domain.outcome import ReceiptKind
from pushgate.grouping.algebra import SlotSet
from pushgate.grouping.step_audiences import StepAudiences
from pushgate.ledger.told_steps import ToldSteps
from pushgate.ledger.values import MessageShard
from pushgate.pausing import pause
from pushgate.scheduler.escalations import EscalationRounds
from pushgate.scheduler.step_telling import LEASE

WEBHOOK = replace(NEXT, to="webhook")


BOTH = ByTerminal(("phone", "cell"))


class CountedSteps:
    """Tells readers of steps, and counts the portions that it tells."""

    def __init__(self, steps: ToldSteps) -> None:
        self._steps = steps
        self.calls = 0

    async def tell(self, message_shard: MessageShard, number: int, step: Step, wanted: bitmaps.Bits) -> int:
        self.calls += 1
        return await self._steps.tell(message_shard, number, step, wanted)


class SlowAudiences:
    """The audiences of steps. Whom a message did not reach takes until a test says so."""

    told: CountedSteps

    def __init__(self, audiences: StepAudiences) -> None:
        self.select = audiences.select
        self._audiences = audiences
        self.began, self.go_on = asyncio.Event(), asyncio.Event()
        self.begun = 0

    async def unreached(self, app: App, step: Escalates) -> AsyncIterator[tuple[int, SlotSet]]:
        self.begun += 1
        portions = [portion async for portion in self._audiences.unreached(app, step)]
        self.began.set()
        await self.go_on.wait()
        for portion in portions:
            yield portion


def _slow_rounds(parts: SchedulerParts) -> tuple[EscalationRounds, SlowAudiences]:
    context, slow = parts.context, SlowAudiences(parts.stores.step_audiences)
    slow.told = CountedSteps(parts.stores.told_steps)
    stores = replace(
        context.stores,
        step_audiences=cast("StepAudiences", slow),
        told_steps=cast("ToldSteps", slow.told),
    )
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
    parts.clock.advance(LEASE.total_seconds() - 1)
    await escalations.rounds()
    assert (await escalations.steps(message)).made == []
    await rounds.telling.close()
    await escalations.advance(LEASE)
    assert (await escalations.steps(message)).made == [MadeStep(None, NoStep.TOLD, 1)]


async def test_who_is_reached_while_others_are_told_of_is_not_told_of(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["tablet", "phone"], bob=["pad", "cell"])
    message = await escalations.send(WEBHOOK, audience=BOTH)
    parts.clock.advance(AFTER.total_seconds())
    rounds, slow = _slow_rounds(parts)
    await rounds.run_once()
    await slow.began.wait()
    await escalations.report(message, ReceiptKind.DELIVERED, "cell")
    slow.go_on.set()
    await rounds.telling.wait_until_idle()
    assert (await escalations.steps(message)).made == [MadeStep(None, NoStep.TOLD, 1)]


@pytest.mark.parametrize("stop", [cancel, pause])
async def test_nobody_is_told_once_the_message_is_stopped(
    escalations: PlayedEscalations, parts: SchedulerParts, stop: Callable[..., Awaitable[object]]
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = await escalations.store(WEBHOOK, audience=PHONE)
    await parts.dispatch_due()
    parts.clock.advance(AFTER.total_seconds())
    rounds, slow = _slow_rounds(parts)
    await rounds.run_once()
    await slow.began.wait()
    await stop(parts.stores, APP, message.id)
    slow.go_on.set()
    await rounds.telling.wait_until_idle()
    assert slow.told.calls == 0
    assert (await escalations.steps(message)).made == []


async def test_one_of_several_schedulers_tells(escalations: PlayedEscalations, parts: SchedulerParts) -> None:
    await escalations.register(ann=["tablet", "phone"])
    await escalations.send(WEBHOOK, audience=PHONE)
    parts.clock.advance(AFTER.total_seconds())
    all_rounds, all_slow = zip(*(_slow_rounds(parts) for _ in range(4)), strict=True)
    await asyncio.gather(*(rounds.run_once() for rounds in all_rounds))
    for slow in all_slow:
        slow.go_on.set()
    for rounds in all_rounds:
        await rounds.telling.wait_until_idle()
    assert sum(slow.begun for slow in all_slow) == 1
