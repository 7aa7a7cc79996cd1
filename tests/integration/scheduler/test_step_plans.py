"""A step is for the users of all shards, also where a shard lost a plan before."""

from dataclasses import replace
from datetime import timedelta

from redis.asyncio import Redis
from structlog.testing import capture_logs
from tests.support.escalations import AFTER, NEXT, PHONE, PlayedEscalations
from tests.support.scheduler import APP, SchedulerParts, lose_plans

from pushgate.domain.audience import ByTerminal
from pushgate.domain.message import Message, Status
from pushgate.pausing import pause, resume

USERS = range(6)
PHONES, TABLETS = [[f"{kind}-{user}" for user in USERS] for kind in ("phone", "tablet")]
LOST = 1
SECOND = replace(NEXT, after=2 * AFTER)


async def _store(escalations: PlayedEscalations, parts: SchedulerParts) -> Message:
    """A message to the phones of some users, in both shards."""
    users = {f"user-{user}": [f"tablet-{user}", f"phone-{user}"] for user in USERS}
    await escalations.register(**users)
    assert {place.shard for (place,) in await parts.stores.locations.locate(APP, PHONES)} == {0, LOST}
    message = await escalations.store(NEXT, SECOND, audience=ByTerminal(tuple(PHONES)))
    await parts.dispatch_due()
    return message


async def _recover(parts: SchedulerParts) -> None:
    """Recovery finds what is lost, and has it planned again."""
    parts.clock.advance(5)
    await parts.recovery.run_once()
    await parts.dispatch_due()


async def test_a_step_waits_until_a_lost_plan_of_its_message_is_made_again(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    message = await _store(escalations, parts)
    await lose_plans(redis, message.id, LOST)
    await parts.work(message)
    await escalations.advance()
    assert (await escalations.steps(message)).made == []
    await _recover(parts)
    await escalations.advance(timedelta(seconds=5))
    assert await escalations.targeted(await escalations.step(message)) == TABLETS


async def test_a_step_that_is_made_is_planned_once_a_lost_plan_is_made_again(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    message = await _store(escalations, parts)
    parts.clock.advance(AFTER.total_seconds())
    await escalations.rounds()
    await lose_plans(redis, message.id, LOST)
    with capture_logs() as logs:
        await parts.dispatch_due()
    assert "plan_waits" in [one["action"] for one in logs]
    assert not any("outage" in one for one in logs), "it would hide the first lines of a real outage"
    step = await escalations.step(message)
    assert await escalations.targeted(step) == []
    for _ in range(2):
        await _recover(parts)
    assert await escalations.targeted(step) == TABLETS


async def test_a_step_waits_for_the_plan_of_the_step_before_it(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    message = await _store(escalations, parts)
    await escalations.advance()
    first = await escalations.step(message)
    await lose_plans(redis, first.id, LOST)
    parts.clock.advance(AFTER.total_seconds())
    await escalations.rounds()
    assert len((await escalations.steps(message)).made) == 1
    await _recover(parts)
    assert await escalations.targeted(first) == TABLETS
    await escalations.advance()
    assert len((await escalations.steps(message)).made) == 2


async def test_a_step_does_not_wait_for_a_plan_that_nobody_makes_again(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    message = await _store(escalations, parts)
    await parts.work(message)
    assert await parts.status(message) is Status.SENT
    await lose_plans(redis, message.id, LOST)
    await escalations.advance()
    phones = zip(PHONES, await parts.stores.locations.locate(APP, PHONES), strict=True)
    left = [name.replace("phone", "tablet") for name, (place,) in phones if place.shard != LOST]
    assert await escalations.targeted(await escalations.step(message)) == left


async def test_a_step_that_is_planned_again_leaves_out_what_a_later_step_is_for(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    await escalations.register(ann=["pad", "tablet", "phone"])
    message = await escalations.send(NEXT, SECOND, audience=PHONE)
    for _ in range(2):
        await escalations.advance()
    first, second = [await escalations.step(message, number) for number in (1, 2)]
    assert [await escalations.targeted(one) for one in (first, second)] == [["tablet"], ["pad"]]
    await escalations.register(ann=["tablet", "phone", "pad"])
    await lose_plans(redis, first.id, *range(APP.shards))
    await parts.stores.lifecycle.replan(APP.name, first.id)
    await parts.dispatch_due()
    assert await escalations.targeted(first) == ["tablet"]


async def test_a_step_waits_for_a_step_before_it_that_is_paused(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["pad", "tablet", "phone"])
    message = await escalations.send(NEXT, SECOND, audience=PHONE)
    parts.clock.advance(AFTER.total_seconds())
    await escalations.rounds()
    first = await escalations.step(message)
    await pause(parts.stores, APP, first.id)
    await escalations.advance()
    assert len((await escalations.steps(message)).made) == 1
    await resume(parts.stores, APP, first.id)
    await parts.dispatch_due()
    await escalations.advance()
    found = [await escalations.step(message, number) for number in (1, 2)]
    assert [await escalations.targeted(one) for one in found] == [["tablet"], ["pad"]]
