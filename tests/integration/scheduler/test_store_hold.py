"""A store that went back sends nothing that may have been sent since, until somebody decides."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.bundles import small as message
from tests.support.scheduler import APP, SchedulerParts
from tests.support.small_scheduler import PATIENCE, SHOP, SmallScheduler
from tests.support.store_copy import StoreCopy

from pushgate.bundles.values import Home
from pushgate.domain.audience import ByTerminal, Everyone
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Delivery, Message, Options, Status
from pushgate.domain.outcome import State
from pushgate.fleet.store_hold import HoldReason
from pushgate.restore.holding import hold_restored
from pushgate.restore.listing import held_messages
from pushgate.restore.resuming import Choice, count_waiting, resume
from pushgate.scheduler.store_hold import StoreHoldRounds
from pushgate.stores import Stores

GAP = timedelta(minutes=5)


async def go_back(parts: SchedulerParts | SmallScheduler, redis: Redis, copy: StoreCopy) -> None:
    """The copy is started after a while, with processes of its own."""
    parts.clock.advance(GAP.total_seconds())
    await copy.restore(redis)
    hold = await hold_restored(parts.stores, parts.clock)
    assert hold is not None
    assert hold.reason is HoldReason.BACKUP


async def marked_copy(stores: Stores, redis: Redis) -> StoreCopy:
    await stores.store_holds.mark_backup("b1")
    copy = await StoreCopy.make(redis)
    await stores.store_holds.unmark_backup("b1")
    return copy


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
    parts.clock.advance(14 * 60)
    await copy.restore(redis)
    assert await hold_restored(stores, parts.clock) is None
    parts.clock.advance(2 * 60)
    assert (hold := await hold_restored(stores, parts.clock)) is not None
    assert hold.reason is HoldReason.SILENCE


async def test_schedulers_that_were_away_are_no_reason_to_hold(parts: SchedulerParts, redis: Redis) -> None:
    stores = Stores.open(redis, parts.clock, timedelta(days=30), hold_after=timedelta(minutes=15))
    assert await hold_restored(stores, parts.clock, alive=True) is None
    parts.clock.advance(3600)
    assert await hold_restored(stores, parts.clock) is None


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
    await copy.restore(redis)
    parts.clock.advance(1)
    await rounds.run_once()
    assert await listed(parts.stores) == {half.id: ("sending", 4)}
    await run_all(parts)
    await parts.work(half)
    assert await parts.states(half) == {"pending": 4}


async def small_states(small: SmallScheduler, ids: list[str]) -> list[str]:
    return [
        ",".join(sorted(slot.state.value for slot in account.slots)) or account.kind.name
        for account in await small.accounts(ids)
    ]


async def small_store(small: SmallScheduler, redis: Redis) -> list[str]:
    """A store that went back: of six small messages two are placed in the copy, and four wait. All
    were sent since.
    """
    await small.stores.registered_apps.ensure_app(SHOP)
    await small.register(4)
    placed = await small.store([message(push_at=small.clock.now()) for _ in range(2)])
    await small.run_rounds()
    now = small.clock.now()
    waiting = [
        *(message(push_at=now, audience=ByTerminal((f"t{n}",))) for n in range(3)),
        message(push_at=now, options=Options(delivery=Delivery.AT_MOST_ONCE)),
    ]
    waiting_ids = await small.store(waiting)
    copy = await marked_copy(small.stores, redis)
    await small.run_rounds()
    await small.work_off(sum((await small.queued()).values()))
    await go_back(small, redis, copy)
    return [*placed, *waiting_ids]


async def send_all(small: SmallScheduler) -> None:
    """All rounds, and a worker that takes every job."""
    for _ in range(2):
        await small.run_rounds()
        await small.look()
        small.clock.advance(PATIENCE.total_seconds())
    if queued := sum((await small.queued()).values()):
        await small.work_off(queued)


async def test_small_messages_wait_and_are_listed(small: SmallScheduler, redis: Redis) -> None:
    ids = await small_store(small, redis)
    await send_all(small)
    for bundle in await small.stores.bundles.open_bundles(Home(SHOP, 0), 10):
        assert await small.send(Home(SHOP, 0), bundle) == 0, "a job that was left in Gearman"
    assert [count async for count in small.stores.bundles.hasten(Home(SHOP, 0), "apns")] == [0]
    await send_all(small)
    assert await small_states(small, ids) == ["pending"] * 2 + ["WAITS"] * 4
    found = {one.id: (one.status.value, one.pending) async for one in held_messages(small.stores, SHOP)}
    assert found == dict.fromkeys(ids[:2], ("sending", 1)) | dict.fromkeys(ids[2:], ("scheduled", 0))


async def test_small_messages_are_sent_on_request(small: SmallScheduler, redis: Redis) -> None:
    ids = await small_store(small, redis)
    resumed = await resume(small.stores, [SHOP], Choice.SEND)
    assert resumed.chosen == {Choice.SEND: 5, Choice.CANCEL: 1}
    assert resumed.waiting == 0
    await send_all(small)
    assert await small_states(small, ids) == ["accepted"] * 5 + ["CANCELLED"]


async def test_small_messages_are_decided_about_one_by_one(small: SmallScheduler, redis: Redis) -> None:
    ids = await small_store(small, redis)
    for index, choice in enumerate((Choice.SEND, Choice.MARK_SENT, Choice.SEND, Choice.CANCEL)):
        await resume(small.stores, [SHOP], choice, ids[index])
    await resume(small.stores, [SHOP], Choice.SEND, ids[5])
    await send_all(small)
    states = await small_states(small, ids)
    assert states == ["accepted", "cancelled", "accepted", "CANCELLED", "WAITS", "accepted"]
    assert (await resume(small.stores, [SHOP], Choice.MARK_SENT)).waiting == 0
    assert (await small_states(small, ids))[4] == "NOBODY"
    account = (await small.accounts([ids[1]]))[0]
    assert account.slots[0].label.split("|")[1:3] == ["cancelled", "restored"]
    assert await small.stores.segments.waiting(Home(SHOP, 0)) == (0, 0)


async def test_small_messages_that_wait_expire(small: SmallScheduler, redis: Redis) -> None:
    ids = await small_store(small, redis)
    small.clock.advance(timedelta(days=4).total_seconds())
    await send_all(small)
    assert {slot.state for account in await small.accounts(ids) for slot in account.slots} == {State.EXPIRED}
    assert await count_waiting(small.stores) == 0


async def test_new_small_messages_are_sent_meanwhile(small: SmallScheduler, redis: Redis) -> None:
    await small_store(small, redis)
    (new,) = await small.store([message(push_at=small.clock.now())], shard=1)
    await small.run_rounds(shard=1)
    await small.work_off(1)
    assert await small_states(small, [new]) == ["accepted"]


async def test_a_hold_is_not_begun_again(small: SmallScheduler, redis: Redis) -> None:
    ids = await small_store(small, redis)
    await resume(small.stores, [SHOP], Choice.SEND)
    assert await hold_restored(small.stores, small.clock) is None
    await send_all(small)
    assert "pending" not in await small_states(small, ids)
