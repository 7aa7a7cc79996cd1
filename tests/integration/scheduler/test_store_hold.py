"""A store that went back sends nothing that may have been sent since, until somebody decides."""

from datetime import timedelta
from typing import cast

import pytest
from redis.asyncio import Redis
from tests.support.scheduler import APP, SchedulerParts
from tests.support.store_copy import StoreCopy, go_back, marked_copy

from pushgate.domain.audience import Everyone
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Delivery, Message, Options, Status
from pushgate.fleet.store_hold import HoldReason
from pushgate.restore.holding import hold_restored
from pushgate.restore.listing import held_messages
from pushgate.restore.resuming import Choice, resume
from pushgate.scheduler.store_hold import StoreHoldRounds
from pushgate.stores import Stores


async def run_all(parts: SchedulerParts) -> None:
    """All rounds that could send something."""
    for _ in range(2):
        await parts.dispatch_due()
        await parts.recovery.run_once()
        await parts.retry_submitter.submit_due()
        parts.clock.advance(5)


async def listed(stores: Stores) -> dict[str, tuple[str, int]]:
    """Status and open terminals of what waits, by message id."""
    return {one.id: (one.status.value, one.pending) async for one in held_messages(stores, APP)}


@pytest.fixture
async def waiting(parts: SchedulerParts, redis: Redis) -> tuple[Message, Message]:
    """A store that went back: one broadcast was scheduled in the copy, one half sent; both were
    sent since.
    """
    half = await parts.dispatch(4)
    scheduled = await parts.store(Everyone())
    copy = await marked_copy(parts.stores, redis)
    await parts.work(half)
    await parts.dispatch_due()
    await parts.work(scheduled)
    await go_back(parts, redis, copy)
    return scheduled, half


async def test_a_copy_sends_nothing_again(parts: SchedulerParts, waiting: tuple[Message, Message]) -> None:
    scheduled, half = waiting
    queued = await parts.queued()
    await run_all(parts)
    assert await parts.queued() == queued
    assert await parts.status(scheduled) is Status.SCHEDULED
    await parts.work(half)  # a job that was left in Gearman
    assert await parts.states(half) == {"pending": 4}
    assert await listed(parts.stores) == {scheduled.id: ("scheduled", 0), half.id: ("sending", 4)}


async def test_new_messages_are_sent_meanwhile(
    parts: SchedulerParts, waiting: tuple[Message, Message]
) -> None:
    new = await parts.store(Everyone())
    await parts.dispatch_due()
    await parts.work(new)
    assert await parts.states(new) == {"accepted": 4}
    assert new.id not in await listed(parts.stores)


async def test_what_waits_is_sent_on_request(parts: SchedulerParts, waiting: tuple[Message, Message]) -> None:
    resumed = await resume(parts.stores, [APP], Choice.SEND)
    assert (resumed.chosen, resumed.waiting) == ({Choice.SEND: 2}, 0)
    assert await parts.recovery.run_once() > 0, "recovery finds the held blocks at once"
    await run_all(parts)
    for one in waiting:
        await parts.work(one)
        assert await parts.states(one) == {"accepted": 4}
        assert await parts.status(one) is Status.SENT
    assert await parts.stores.store_holds.read() is None


async def test_what_waits_is_cancelled_on_request(
    parts: SchedulerParts, waiting: tuple[Message, Message]
) -> None:
    _, half = waiting
    await resume(parts.stores, [APP], Choice.CANCEL)
    await run_all(parts)
    assert await parts.states(half) == {"cancelled": 4}
    assert {await parts.status(one) for one in waiting} == {Status.CANCELLED}
    assert await parts.stores.store_holds.read() is None


async def test_what_waits_counts_as_sent_on_request(
    parts: SchedulerParts, waiting: tuple[Message, Message]
) -> None:
    scheduled, half = waiting
    await resume(parts.stores, [APP], Choice.MARK_SENT, scheduled.id)
    assert await listed(parts.stores) == {half.id: ("sending", 4)}
    assert await parts.stores.store_holds.read() is not None
    await resume(parts.stores, [APP], Choice.MARK_SENT)
    await run_all(parts)
    assert (await parts.states(scheduled), await parts.states(half)) == ({}, {"cancelled": 4})
    assert {await parts.status(one) for one in waiting} == {Status.SENT}
    assert await parts.stores.store_holds.read() is None


async def test_a_message_that_does_not_wait_is_refused(
    parts: SchedulerParts, waiting: tuple[Message, Message]
) -> None:
    new = await parts.store(Everyone())
    with pytest.raises(NotFound, match="does not wait"):
        await resume(parts.stores, [APP], Choice.SEND, new.id)


async def test_what_waits_expires_by_its_time_to_live(
    parts: SchedulerParts, waiting: tuple[Message, Message]
) -> None:
    scheduled, _ = waiting
    parts.clock.advance((scheduled.expires_at - parts.clock.now()).total_seconds() + 1)
    await run_all(parts)
    assert [await parts.states(one) for one in waiting] == [{"expired": 4}, {"expired": 4}]
    await StoreHoldRounds(parts.context).run_once()
    assert await parts.stores.store_holds.read() is None


async def test_at_most_once_is_cancelled_unless_it_is_named(parts: SchedulerParts, redis: Redis) -> None:
    options = Options(delivery=Delivery.AT_MOST_ONCE)
    one, other = await parts.store(Everyone(), options), await parts.store(Everyone(), options)
    await go_back(parts, redis, await marked_copy(parts.stores, redis))
    assert (await resume(parts.stores, [APP], Choice.SEND, one.id)).chosen == {Choice.SEND: 1}
    assert (await resume(parts.stores, [APP], Choice.SEND)).chosen == {Choice.CANCEL: 1}
    assert await parts.status(other) is Status.CANCELLED
    await parts.dispatch_due()
    assert await parts.status(one) in (Status.SENDING, Status.SENT)


async def test_shards_that_were_copied_before_the_queue_send_nothing_again(
    parts: SchedulerParts, redis: Redis
) -> None:
    await parts.stores.store_holds.mark_backup("b1")
    half, unknown = await parts.dispatch(4), await parts.store(Everyone())
    shards = await StoreCopy.make(redis)
    await parts.dispatch_due()
    for one in (half, unknown):
        await parts.work(one)
    parts.clock.advance(90)
    await parts.recovery.run_once()  # settles both: nothing would ever look at them again
    queue = await StoreCopy.make(redis)
    await go_back(parts, redis, shards.with_queue_of(queue))
    queued = await parts.queued()
    await run_all(parts)
    assert await parts.queued() == queued
    assert await listed(parts.stores) == {half.id: ("sending", 4)}
    await resume(parts.stores, [APP], Choice.CANCEL)
    assert await parts.states(half) == {"cancelled": 4}
    assert await parts.status(half) is Status.SENT, "as the queue knows"


async def test_a_message_whose_plan_the_shards_lack_is_not_planned_again(
    parts: SchedulerParts, redis: Redis
) -> None:
    await parts.stores.store_holds.mark_backup("b1")
    shards = await StoreCopy.make(redis)
    sending = await parts.dispatch(4)
    queue = await StoreCopy.make(redis)
    await go_back(parts, redis, shards.with_queue_of(queue))
    await run_all(parts)
    assert await parts.states(sending) == {}
    assert await listed(parts.stores) == {sending.id: ("sending", 0)}


async def test_a_store_that_was_silent_for_long_on_another_server_is_held(
    parts: SchedulerParts, redis: Redis
) -> None:
    stores = Stores.open(redis, parts.clock, timedelta(days=30), hold_after=timedelta(minutes=15))
    assert await hold_restored(stores, parts.clock, alive=True) is None
    copy = await StoreCopy.make(redis)
    await copy.restore(redis, timedelta(minutes=14))
    assert await hold_restored(stores, parts.clock) is None
    await copy.restore(redis, timedelta(minutes=16))
    assert (hold := await hold_restored(stores, parts.clock)) is not None
    assert hold.reason is HoldReason.SILENCE


async def test_a_copy_of_a_held_store_holds_what_was_sent_since(
    parts: SchedulerParts, waiting: tuple[Message, Message], redis: Redis
) -> None:
    first = await parts.stores.store_holds.read()
    new = await parts.store(Everyone())
    copy = await marked_copy(parts.stores, redis)
    await parts.dispatch_due()
    await parts.work(new)
    await go_back(parts, redis, copy)
    assert await listed(parts.stores) == {
        waiting[0].id: ("scheduled", 0),
        waiting[1].id: ("sending", 4),
        new.id: ("scheduled", 0),
    }
    held = await parts.stores.store_holds.read()
    assert first is not None
    assert held is not None
    assert (held.since, held.id != first.id) == (first.since, True), "what is known ends where it did"


async def test_silence_is_told_once(parts: SchedulerParts, redis: Redis) -> None:
    stores = Stores.open(redis, parts.clock, timedelta(days=30), hold_after=timedelta(minutes=15))
    await hold_restored(stores, parts.clock, alive=True)
    copy = await StoreCopy.make(redis)
    await copy.restore(redis, timedelta(hours=1))
    first = await stores.store_holds.look()
    assert first is not None
    assert (await stores.store_holds.look()) == first


async def test_schedulers_that_were_away_are_no_reason_to_hold(parts: SchedulerParts, redis: Redis) -> None:
    stores = Stores.open(redis, parts.clock, timedelta(days=30), hold_after=timedelta(minutes=15))
    assert await hold_restored(stores, parts.clock, alive=True) is None
    seen_ms, run = cast("bytes", await redis.get("{q}:alive")).decode().split()
    await redis.set("{q}:alive", f"{int(seen_ms) - 3_600_000} {run}")
    assert await hold_restored(stores, parts.clock) is None


async def test_a_failover_during_a_backup_is_no_reason_to_hold(parts: SchedulerParts, redis: Redis) -> None:
    await hold_restored(parts.stores, parts.clock, alive=True)
    await parts.stores.store_holds.mark_backup("b1")
    copy = await StoreCopy.make(redis)
    await copy.restore(redis, timedelta(seconds=30))
    assert await hold_restored(parts.stores, parts.clock, alive=True) is None
    assert not await parts.stores.store_holds.unmark_backup("b1"), "the backup fails"


async def test_a_process_that_starts_during_a_backup_holds_nothing(
    parts: SchedulerParts, redis: Redis
) -> None:
    await parts.stores.store_holds.mark_backup("b1")
    assert await hold_restored(parts.stores, parts.clock, alive=True) is None


async def test_a_scheduler_that_runs_notices_that_its_store_went_back(
    parts: SchedulerParts, redis: Redis
) -> None:
    rounds = StoreHoldRounds(parts.context)
    await rounds.run_once()
    half = await parts.dispatch(4)
    copy = await marked_copy(parts.stores, redis)
    await parts.work(half)
    parts.clock.advance(61)
    await copy.restore(redis, timedelta(seconds=61))
    await rounds.run_once()
    assert await listed(parts.stores) == {half.id: ("sending", 4)}
    await run_all(parts)
    await parts.work(half)
    assert await parts.states(half) == {"pending": 4}
