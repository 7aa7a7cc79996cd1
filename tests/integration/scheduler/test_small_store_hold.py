"""Small messages of a store that went back wait until somebody decides."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.bundles import small as message
from tests.support.quiet_nights import MORNING, NEWS, begin_evening
from tests.support.small_scheduler import PATIENCE, SHOP, SmallScheduler
from tests.support.store_copy import go_back, marked_copy

from pushgate.bundles.values import CellKind, Home
from pushgate.domain.audience import ByTerminal
from pushgate.domain.message import Delivery, Options, Status
from pushgate.domain.outcome import State
from pushgate.restore.holding import hold_restored
from pushgate.restore.listing import held_messages
from pushgate.restore.resuming import Choice, count_waiting, resume
from pushgate.tracking.small_status import small_report


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


async def test_what_is_sent_on_request_waits_until_quiet_hours_end(
    small: SmallScheduler, redis: Redis
) -> None:
    begin_evening(small, SHOP, zone="Asia/Shanghai")
    await small.stores.registered_apps.ensure_app(SHOP)
    await small.register(2)
    ids = await small.store([message(push_at=small.clock.now(), options=NEWS)])
    await small.run_rounds()
    await go_back(small, redis, await marked_copy(small.stores, redis))
    assert (await resume(small.stores, [SHOP], Choice.SEND)).chosen == {Choice.SEND: 1}
    await send_all(small)
    assert await small_states(small, ids) == ["pending"]
    assert small_report((await small.accounts(ids))[0]).held_until == MORNING
    small.clock.at = MORNING
    await send_all(small)
    assert await small_states(small, ids) == ["accepted"]


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


@pytest.mark.parametrize("choice", list(Choice))
async def test_a_message_that_was_becoming_a_large_one_waits(
    small: SmallScheduler, redis: Redis, choice: Choice
) -> None:
    await small.stores.registered_apps.ensure_app(SHOP)
    await small.register(2)
    (message_id,) = await small.store([message(push_at=small.clock.now(), audience=ByTerminal(("t0",)))])
    claimed = await small.world().claim()
    await small.world().place(claimed, without_place={(0, 0): CellKind.BECOMES_LARGE})
    await go_back(small, redis, await marked_copy(small.stores, redis))
    await send_all(small)
    assert not await small.stores.messages.exists(message_id)
    resumed = await resume(small.stores, [SHOP], choice)
    assert (resumed.chosen, resumed.waiting) == ({choice: 1}, 0)
    found = await small.stores.tracked.messages.find(SHOP, message_id)
    statuses = {Choice.SEND: Status.SCHEDULED, Choice.CANCEL: Status.CANCELLED, Choice.MARK_SENT: Status.SENT}
    assert found.status is statuses[choice]
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
