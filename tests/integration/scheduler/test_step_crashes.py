"""A scheduler that dies while it makes a step: the step is made, once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis
from tests.support.escalations import AFTER, NEXT, PHONE, PlayedEscalations
from tests.support.scheduler import APP, SchedulerParts

from pushgate.domain.message import Message
from pushgate.messages.escalations import DueEscalation, Escalations
from pushgate.scheduler.escalations import EscalationRounds


class Killed(BaseException):
    """The process is gone: no code of it runs any more."""


class KilledEscalations(Escalations):
    """The steps of messages. The scheduler dies at a step, before or after Redis has it."""

    def __init__(self, parts: SchedulerParts, redis: Redis, *, is_stored: bool) -> None:
        super().__init__(redis, parts.stores.retention)
        self._is_stored = is_stored

    async def make(self, due: DueEscalation, silent: Sequence[str], now: datetime) -> Message | None:
        if self._is_stored:
            await super().make(due, silent, now)
        raise Killed


@pytest.mark.parametrize("is_stored", [False, True])
async def test_a_step_is_made_once_whenever_a_scheduler_dies(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis, is_stored: bool
) -> None:
    await escalations.register(ann=["old", "tablet", "phone"])
    message = await escalations.send(NEXT, replace(NEXT, after=2 * AFTER), audience=PHONE)
    parts.clock.advance(AFTER.total_seconds())
    killed = replace(parts.stores, escalations=KilledEscalations(parts, redis, is_stored=is_stored))
    with pytest.raises(Killed):
        await EscalationRounds(killed, parts.clock, parts.context.catalog).run_once()
    await escalations.advance(timedelta(seconds=1))
    step = await escalations.step(message)
    assert len((await escalations.steps(message)).made) == 1
    assert await escalations.targeted(step) == ["tablet"]
    assert step.push_at == message.push_at + AFTER
    await escalations.advance()
    assert await escalations.targeted(await escalations.step(message, 2)) == ["old"]
    assert len(await parts.stores.message_index.ids(APP.name, None, None, 9)) == 3
