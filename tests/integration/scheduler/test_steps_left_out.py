"""Rules that leave terminals out of messages leave them out of steps, too."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.apps import capped_app
from tests.support.escalations import AFTER, NEXT, PlayedEscalations
from tests.support.quiet_nights import begin_evening
from tests.support.scheduler import APP, SchedulerParts

from pushgate.domain.audience import ByTerminal
from pushgate.domain.message import Category, Options
from pushgate.domain.terminal import Terminal

NEWS = Options(category=Category.NEWS, ttl=timedelta(hours=1))


@pytest.mark.parametrize("code", ["opt_out", "frequency_cap", "quiet_hours"])
async def test_who_is_left_out_of_a_step_is_cancelled_and_the_next_step_takes_another(
    escalations: PlayedEscalations, parts: SchedulerParts, code: str
) -> None:
    if code == "quiet_hours":
        begin_evening(parts, APP)
    else:
        parts.clock.to_morning()
        parts.context.catalog.change({APP.name: capped_app(APP, {"news": 1})})
    await escalations.register(ann=["old", "tablet", "phone"])
    tablet = Terminal(
        "tablet",
        "apns",
        b"tablet".hex().ljust(64, "0"),
        "en",
        user="ann",
        opt_out=("news",) if code == "opt_out" else None,
        timezone="Asia/Shanghai" if code == "quiet_hours" else None,
        last_seen=parts.clock.now() - timedelta(days=1),
    )
    await parts.stores.registry.register(APP, [tablet])
    if code == "frequency_cap":
        await escalations.send(audience=ByTerminal(("tablet",)), options=NEWS)
    message = await escalations.send(NEXT, replace(NEXT, after=2 * AFTER), options=NEWS)
    await escalations.advance()
    step = await escalations.step(message)
    assert await escalations.targeted(step) == ["tablet"]
    assert await parts.states(step) == {"cancelled": 1}
    (failure,) = (await parts.stores.results.report(APP, step.id)).failures
    assert (failure.code, failure.count) == (code, 1)
    await escalations.advance()
    second = await escalations.step(message, 2)
    assert await escalations.targeted(second) == ["old"]
    assert await parts.states(second) == {"pending": 1}
