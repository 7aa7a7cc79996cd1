"""A small message as callers see it at each moment of its life: status, content, retention,
cancellation.
"""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.bundles import RETENTION
from tests.support.clock import SetClock
from tests.support.small_pushes import ACCEPTED, EXPIRED, SmallPushes, invalid, rejected, to, to_tokens

from pushgate.bundles.values import CellKind
from pushgate.cancellation import cancel
from pushgate.domain.app import App
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Options, Status
from pushgate.domain.message_id import Position, created_ms, small_id
from pushgate.domain.outcome import State


@pytest.fixture
def pushes(redis: Redis, clock: SetClock) -> SmallPushes:
    return SmallPushes(redis, clock)


async def status(pushes: SmallPushes, message_id: str) -> Status:
    return (await pushes.stores.tracked.messages.find(pushes.app, message_id)).status


async def test_the_status_follows_the_message_from_its_schedule_to_its_end(
    pushes: SmallPushes, clock: SetClock
) -> None:
    await pushes.register(2)
    (message_id,) = await pushes.put(to("fcm-0", "fcm-1"), push_at=clock.now() + timedelta(minutes=5))
    assert await status(pushes, message_id) is Status.SCHEDULED
    clock.advance(300)
    assert await status(pushes, message_id) is Status.DISPATCHING
    await pushes.place()
    assert await status(pushes, message_id) is Status.SENDING
    await pushes.record(message_id, ACCEPTED)
    assert await status(pushes, message_id) is Status.SENDING
    await pushes.record(message_id, None, rejected())
    assert await status(pushes, message_id) is Status.SENT


async def test_a_message_to_nobody_is_sent_once_it_is_planned(pushes: SmallPushes) -> None:
    (message_id,) = await pushes.put(to("unknown"))
    await pushes.place()
    tracked, report = await pushes.stores.tracked.results.find(pushes.app, message_id)
    assert (tracked.status, report.targeted, report.groups) == (Status.SENT, 0, ())


async def test_ids_that_were_guessed_are_no_messages(pushes: SmallPushes, clock: SetClock) -> None:
    (message_id,) = await pushes.put(to("fcm-0"))
    made = created_ms(message_id)
    guessed = [
        small_id(made + 1, Position(0, 1, 0, 0)),
        small_id(made, Position(0, 1, 0, 1)),
        small_id(made, Position(0, 1, 1, 0)),
        small_id(made, Position(0, 2, 0, 0)),
        small_id(made, Position(1, 1, 0, 0)),
        small_id(made, Position(0xFFF, 0xFFFFFFFF, 0xFF, 0xFFFF)),
    ]
    for one in guessed:
        with pytest.raises(NotFound):
            await pushes.stores.tracked.messages.find(pushes.app, one)
        with pytest.raises(NotFound):
            await cancel(pushes.stores, pushes.app, one)
    other = SmallPushes(pushes.redis, clock, App("other"))
    with pytest.raises(NotFound):
        await other.stores.tracked.messages.find(other.app, message_id)
    assert await status(pushes, message_id) is Status.DISPATCHING


async def test_a_cancelled_message_is_never_planned(pushes: SmallPushes, clock: SetClock) -> None:
    await pushes.register(1)
    ids = await pushes.put(to("fcm-0"), to("fcm-0"), push_at=clock.now() + timedelta(minutes=5))
    for _ in range(2):
        assert (await cancel(pushes.stores, pushes.app, ids[0])).status is Status.CANCELLED
    clock.advance(300)
    await pushes.place()
    assert [await status(pushes, one) for one in ids] == [Status.CANCELLED, Status.SENDING]
    assert (await pushes.account(ids[0])).slots == []


async def test_cancelling_while_it_is_sent_ends_what_is_pending(pushes: SmallPushes) -> None:
    ids = await pushes.register(3)
    message_id = await pushes.send(to(*ids), ACCEPTED, None, rejected())
    for _ in range(2):
        stopped = await cancel(pushes.stores, pushes.app, message_id)
        assert stopped.status is Status.CANCELLED
    states = [slot.state for slot in (await pushes.account(message_id)).slots]
    assert states == [State.ACCEPTED, State.CANCELLED, State.REJECTED]
    await pushes.record(message_id, None, ACCEPTED)
    states = [slot.state for slot in (await pushes.account(message_id)).slots]
    assert states == [State.ACCEPTED, State.ACCEPTED, State.REJECTED]
    assert await status(pushes, message_id) is Status.CANCELLED
    assert (await cancel(pushes.stores, pushes.app, message_id)).status is Status.CANCELLED


@pytest.mark.parametrize("terminal", ["fcm-0", "unknown"])
async def test_what_was_sent_is_not_cancelled(pushes: SmallPushes, terminal: str) -> None:
    await pushes.register(1)
    message_id = await pushes.send(to(terminal), EXPIRED)
    for _ in range(2):
        with pytest.raises(Conflict, match="already sent"):
            await cancel(pushes.stores, pushes.app, message_id)
    assert await status(pushes, message_id) is Status.SENT


async def drop_content(pushes: SmallPushes, message_id: str) -> None:
    """As Redis does once the content's retention is over."""
    place = (await pushes.account(message_id)).version
    assert await pushes.redis.delete(f"{{{pushes.app.name}:0}}:c:{place[0]}") == 1


async def test_results_outlive_the_content(pushes: SmallPushes) -> None:
    message_id = await pushes.send(to_tokens("a", "b"), ACCEPTED, invalid())
    before = await pushes.stores.tracked.results.find(pushes.app, message_id)
    await drop_content(pushes, message_id)
    tracked, report = await pushes.stores.tracked.results.find(pushes.app, message_id)
    assert (tracked.status, tracked.message, tracked.envelope) == (Status.SENT, None, None)
    assert tracked.created_at == before[0].created_at
    assert report == before[1]
    with pytest.raises(Conflict, match="content_retention"):
        await pushes.stores.tracked.messages.read(pushes.app, message_id)
    page = await pushes.stores.tracked.messages.page(pushes.app, Status.SENT, None, 10)
    assert [one.id for one in page.messages] == [message_id]


async def test_a_message_is_forgotten_after_its_own_retention(pushes: SmallPushes, clock: SetClock) -> None:
    """Though its page is kept for messages with a longer time to live."""
    await pushes.register(1)
    hour, month = Options(ttl=timedelta(hours=1)), Options(ttl=timedelta(days=28))
    (short,) = await pushes.put(to("fcm-0"), options=hour)
    (long,) = await pushes.put(to("fcm-0"), options=month, same_page=True)
    await pushes.place()
    await pushes.record(short, rejected())
    clock.advance(RETENTION.total_seconds() + 3600 - 1)
    assert await status(pushes, short) is Status.SENT
    clock.advance(1)
    with pytest.raises(NotFound):
        await status(pushes, short)
    page = await pushes.stores.tracked.messages.page(pushes.app, None, None, 10)
    assert [one.id for one in page.messages] == [long]


async def test_sending_failures_again_makes_the_retention_no_longer(
    pushes: SmallPushes, clock: SetClock
) -> None:
    await pushes.register(1)
    hour, month = Options(ttl=timedelta(hours=1)), Options(ttl=timedelta(days=28))
    (message_id,) = await pushes.put(to("fcm-0"), options=hour)
    await pushes.put(to("fcm-0"), options=month, same_page=True)
    await pushes.place()
    await pushes.record(message_id, rejected())
    clock.advance(RETENTION.total_seconds())
    assert await pushes.stores.small_accounts.resume(
        pushes.app,
        message_id,
        number=1,
        states=[State.REJECTED],
        staying=[],
        expires_at=clock.now() + timedelta(hours=1),
        request=b"",
    )
    clock.advance(3600)
    with pytest.raises(NotFound):
        await status(pushes, message_id)


async def test_a_message_that_was_stored_as_a_large_one_is_one_message(
    pushes: SmallPushes, clock: SetClock
) -> None:
    (message_id,) = await pushes.put(to("fcm-0"))
    (claimed,) = await pushes.world().claim()
    await pushes.world().place([claimed], without_place={(0, 0): CellKind.BECOMES_LARGE})
    await pushes.stores.tracked.enlargement.finish(pushes.app, [message_id])
    tracked = await pushes.stores.tracked.messages.find(pushes.app, message_id)
    assert (tracked.status, tracked.is_large) == (Status.SCHEDULED, True)
    for wanted in (None, Status.SCHEDULED):
        page = await pushes.stores.tracked.messages.page(pushes.app, wanted, None, 10)
        assert [one.id for one in page.messages] == [message_id]
    assert (await cancel(pushes.stores, pushes.app, message_id)).status is Status.CANCELLED
    page = await pushes.stores.tracked.messages.page(pushes.app, Status.CANCELLED, None, 10)
    assert [one.id for one in page.messages] == [message_id]
