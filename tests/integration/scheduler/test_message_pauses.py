"""Schedulers and recovery leave a paused message alone; its time to live goes on."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from tests.support.bundles import small as small_message
from tests.support.scheduler import APP, SchedulerParts
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.cancellation import cancel
from pushgate.domain.audience import ByUser, Everyone
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Options, Status
from pushgate.ledger.values import Block
from pushgate.pausing import pause, resume
from pushgate.scheduler.planner import Planner


async def test_a_paused_message_is_left_alone_and_goes_on_when_resumed(parts: SchedulerParts) -> None:
    message = await parts.dispatch()
    for _ in range(2):
        assert (await pause(parts.stores, APP, message.id)).status is Status.PAUSED
    assert await parts.stores.message_index.counts() == {
        "scheduled": 0,
        "dispatching": 0,
        "sending": 0,
        "paused": 1,
    }
    parts.clock.advance(600)
    assert await parts.recovery.run_once() == 0
    await parts.dispatch_due()
    assert await parts.takeable(message) == 0
    assert await parts.states(message) == {"pending": 5}
    for _ in range(2):
        assert (await resume(parts.stores, APP, message.id)).status is Status.DISPATCHING
    await parts.dispatch_due()
    parts.clock.advance(5)
    assert await parts.recovery.run_once() == 0, "none of the new jobs is lost"
    assert await parts.takeable(message) == 2
    await parts.work(message)
    assert await parts.states(message) == {"accepted": 5}
    assert await parts.status(message) is Status.SENT
    with pytest.raises(Conflict, match="is sent"):
        await pause(parts.stores, APP, message.id)


async def test_a_message_that_was_paused_before_its_push_time_goes_at_its_push_time(
    parts: SchedulerParts,
) -> None:
    message = await parts.store(Everyone())
    await pause(parts.stores, APP, message.id)
    await parts.dispatch_due()
    assert await parts.status(message) is Status.PAUSED
    parts.clock.advance(-10)
    assert (await resume(parts.stores, APP, message.id)).status is Status.SCHEDULED
    await parts.dispatch_due()
    assert await parts.status(message) is Status.SCHEDULED, "it is not due yet"
    parts.clock.advance(10)
    await parts.dispatch_due()
    assert await parts.status(message) is Status.SENT, "it was for nobody"


async def test_a_message_that_is_paused_while_it_is_planned_is_planned_and_stays(
    parts: SchedulerParts,
) -> None:
    message = await parts.dispatch()
    other = await parts.store(Everyone())
    (envelope,) = await parts.stores.claims.claim(parts.clock.now(), timedelta(seconds=5), "another", 1)
    assert envelope.id == other.id
    await pause(parts.stores, APP, other.id)
    parts.clock.advance(10)
    await parts.dispatch_due()
    await resume(parts.stores, APP, other.id)
    assert await parts.stores.claims.mark_submitted(other.id, "another", parts.clock.now()) is None
    await parts.dispatch_due()
    assert await parts.status(other) is Status.SENDING
    assert {await parts.takeable(one) for one in (message, other)} == {2}


async def test_a_claim_that_a_pause_has_ended_ends_no_later_claim_of_the_same_scheduler(
    parts: SchedulerParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, gates, begun = Planner.plan, [asyncio.Event(), asyncio.Event()], asyncio.Event()
    waiting = iter(gates)

    async def plan_later(*args: Any) -> AsyncGenerator[tuple[int, list[Block]]]:
        gate = next(waiting)
        begun.set()
        await gate.wait()
        async for shard in plan(*args):
            yield shard

    monkeypatch.setattr(Planner, "plan", plan_later)
    message = await parts.store(Everyone())
    await parts.dispatcher.dispatch_due()
    await begun.wait()
    await pause(parts.stores, APP, message.id)
    await resume(parts.stores, APP, message.id)
    (first,) = parts.dispatcher._running
    await parts.dispatcher.dispatch_due()
    gates[0].set()
    await asyncio.wait([first])
    assert await parts.status(message) is Status.DISPATCHING, "the second claim goes on"
    gates[1].set()
    await parts.dispatcher.wait_until_idle()
    assert await parts.status(message) is Status.SENT


@pytest.mark.parametrize("is_planned", [False, True], ids=["scheduled", "sending"])
async def test_a_paused_message_expires(parts: SchedulerParts, is_planned: bool) -> None:
    options = Options(ttl=timedelta(seconds=30))
    first = await parts.dispatch(options=options)
    message = first if is_planned else await parts.store(Everyone(), options)
    await pause(parts.stores, APP, message.id)
    parts.clock.advance(31)
    await parts.recovery.run_once()
    await parts.dispatch_due()
    parts.clock.advance(5)
    await parts.recovery.run_once()
    assert await parts.states(message) == {"expired": 5}
    assert await parts.status(message) is Status.SENT


@pytest.mark.parametrize("is_planned", [False, True], ids=["scheduled", "sending"])
async def test_a_paused_message_is_cancelled(parts: SchedulerParts, is_planned: bool) -> None:
    first = await parts.dispatch()
    message = first if is_planned else await parts.store(Everyone())
    await pause(parts.stores, APP, message.id)
    assert (await cancel(parts.stores, APP, message.id)).status is Status.CANCELLED
    parts.clock.advance(10)
    await parts.recovery.run_once()
    await parts.dispatch_due()
    assert await parts.states(message) == ({"cancelled": 5} if is_planned else {})
    assert (await resume(parts.stores, APP, message.id)).status is Status.CANCELLED


async def test_recovery_tells_the_shards_where_a_process_died_while_it_paused(parts: SchedulerParts) -> None:
    message = await parts.dispatch()
    await parts.stores.message_pauses.pause("shop", message.id)
    assert await parts.takeable(message) == 2, "the shards know nothing yet"
    await parts.recovery.run_once()
    assert await parts.takeable(message) == 0


async def test_recovery_ends_a_pause_that_a_scheduler_did_not_end(parts: SchedulerParts) -> None:
    """A scheduler of an earlier version knows of no pauses."""
    message = await parts.dispatch()
    await pause(parts.stores, APP, message.id)
    await parts.stores.message_pauses.resume("shop", message.id)
    await parts.stores.claims.claim(parts.clock.now(), timedelta(seconds=5), "earlier", 1)
    await parts.stores.claims.mark_submitted(message.id, "earlier", parts.clock.now())
    assert await parts.takeable(message) == 0
    parts.clock.advance(70)
    assert await parts.recovery.run_once() == 2
    assert await parts.takeable(message) == 2


async def test_a_small_message_that_waits_can_be_paused(small: SmallScheduler) -> None:
    await small.register(3, user="u1")
    at = small.clock.now() + timedelta(seconds=60)
    (message_id,) = await small.store([small_message("m", push_at=at, audience=ByUser(("u1",)))])
    paused = await pause(small.stores, SHOP, message_id)
    assert (paused.status, paused.is_large) == (Status.PAUSED, True)
    assert (await small.stores.tracked.messages.find(SHOP, message_id)).status is Status.PAUSED
    small.clock.advance(61)
    await small.run_rounds()
    assert await small.stores.claims.claim(small.clock.now(), timedelta(seconds=5), "one", 10) == []
    assert (await resume(small.stores, SHOP, message_id)).status is Status.SCHEDULED
    (claimed,) = await small.stores.claims.claim(small.clock.now(), timedelta(seconds=5), "one", 10)
    assert claimed.id == message_id


async def test_a_small_message_that_is_being_sent_cannot_be_paused(small: SmallScheduler) -> None:
    await small.register(3, user="u1")
    (message_id,) = await small.store(
        [small_message("m", push_at=small.clock.now(), audience=ByUser(("u1",)))]
    )
    await small.run_rounds()
    with pytest.raises(Conflict, match="before its push time only"):
        await pause(small.stores, SHOP, message_id)
    assert (await resume(small.stores, SHOP, message_id)).status is Status.SENDING
    with pytest.raises(NotFound):
        await pause(small.stores, SHOP, message_id[:-2] + "ff")


async def test_a_message_that_is_put_aside_is_not_resumed(parts: SchedulerParts) -> None:
    message = await parts.dispatch()
    await pause(parts.stores, APP, message.id)
    until = parts.clock.now() + timedelta(hours=1)
    await parts.stores.message_index._redis.zadd(
        "{q}:restored:shop", {message.id: int(until.timestamp() * 1000)}
    )
    with pytest.raises(Conflict, match="restore resume"):
        await resume(parts.stores, APP, message.id)
    await parts.stores.held_messages.go_on("shop", message.id)
    assert await parts.status(message) is Status.PAUSED
    assert (await resume(parts.stores, APP, message.id)).status is Status.DISPATCHING
