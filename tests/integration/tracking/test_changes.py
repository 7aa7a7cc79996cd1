"""Small messages that are changed while they are scheduled."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.small_pushes import ACCEPTED, SmallPushes, rejected, to, to_tokens

from pushgate.bundles.segment_bytes import pack, unpack
from pushgate.cancellation import cancel
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Content, Message, Options, Priority, Status
from pushgate.messages.stored import StoredMessage

HOUR = timedelta(hours=1)


@pytest.fixture
def pushes(redis: Redis, clock: SetClock) -> SmallPushes:
    return SmallPushes(redis, clock)


async def change(pushes: SmallPushes, message_id: str, apply: Callable[[Message], Message]) -> StoredMessage:
    return await pushes.stores.tracked.changes.reschedule(pushes.app, message_id, apply)


def later(by: timedelta) -> Callable[[Message], Message]:
    return lambda message: replace(message, push_at=message.push_at + by)


def saying(text: str) -> Callable[[Message], Message]:
    return lambda message: replace(message, content={"en": Content("changed", text)})


async def test_a_changed_message_is_shown_as_the_change_was_answered(
    pushes: SmallPushes, clock: SetClock
) -> None:
    """Also with a push time between two milliseconds; its id, audience and neighbours stay."""
    ids = await pushes.put(to_tokens("a"), to_tokens("b"), push_at=clock.now() + HOUR)
    before = [await pushes.stores.tracked.messages.read(pushes.app, one) for one in ids]
    answered = await change(pushes, ids[0], later(timedelta(seconds=5, microseconds=1700)))
    shown = await pushes.stores.tracked.messages.read(pushes.app, ids[0])
    assert shown == answered
    assert shown.message.push_at - before[0].message.push_at == timedelta(seconds=5, milliseconds=1)
    assert replace(shown.message, push_at=before[0].message.push_at) == before[0].message
    assert await pushes.stores.tracked.messages.read(pushes.app, ids[1]) == before[1]
    page = await pushes.stores.tracked.messages.page(pushes.app, None, None, 10)
    assert [one.id for one in page.messages] == ids[::-1]


async def test_a_change_keeps_what_a_newer_version_has_written(
    pushes: SmallPushes, clock: SetClock, redis: Redis
) -> None:
    (message_id,) = await pushes.put(to_tokens("a"), push_at=clock.now() + HOUR)
    (key,) = [key async for key in redis.scan_iter("{*}:c:*")]
    ((number, raw),) = (await redis.hgetall(key)).items()
    segment = msgspec.msgpack.decode(unpack(cast("bytes", raw)))
    segment[2][0]["later"] = [1]
    await redis.hset(key, number, pack(msgspec.msgpack.encode(segment)))
    await change(pushes, message_id, saying("new"))
    found = [one async for one in redis.scan_iter("{*}:c:*") if one != key]
    ((_, raw),) = (await redis.hgetall(found[0])).items()
    assert msgspec.msgpack.decode(unpack(cast("bytes", raw)))[2][0]["later"] == [1]


async def test_a_changed_message_is_sent_at_its_new_time_with_its_new_content(
    pushes: SmallPushes, clock: SetClock
) -> None:
    await pushes.register(1)
    (message_id,) = await pushes.put(to("fcm-0"), push_at=clock.now() + HOUR)
    for number in range(5):
        await change(pushes, message_id, saying(f"version {number}"))
    await change(pushes, message_id, later(HOUR))
    clock.advance(3600)
    assert await pushes.place() == 0
    clock.advance(3600)
    assert await pushes.place() == 1
    await pushes.record(message_id, ACCEPTED)
    tracked, report = await pushes.stores.tracked.results.find(pushes.app, message_id)
    assert tracked.message is not None
    assert tracked.message.content["en"].body == "version 4"
    assert (tracked.status, report.states["accepted"]) == (Status.SENT, 1)


async def test_changes_at_once_are_all_made(pushes: SmallPushes, clock: SetClock) -> None:
    (message_id,) = await pushes.put(to("fcm-0"), push_at=clock.now() + HOUR)
    await asyncio.gather(*(change(pushes, message_id, later(timedelta(minutes=1))) for _ in range(4)))
    shown = await pushes.stores.tracked.messages.read(pushes.app, message_id)
    assert shown.message.push_at == clock.now() + HOUR + timedelta(minutes=4)
    waiting = await pushes.stores.segments.waiting(pushes.world().home)
    assert waiting == (1, 0)


async def test_an_urgent_message_stays_urgent(pushes: SmallPushes, clock: SetClock) -> None:
    await pushes.register(1)
    urgent = Options(priority=Priority.HIGH)
    (message_id,) = await pushes.put(to("fcm-0"), push_at=clock.now() + HOUR, options=urgent)
    await change(pushes, message_id, later(-HOUR))
    assert await pushes.world().claim() == []
    assert len(await pushes.world().claim(urgent=True)) == 1


async def test_what_is_due_cancelled_or_sent_is_not_changed(pushes: SmallPushes, clock: SetClock) -> None:
    await pushes.register(1)
    due, stopped = await pushes.put(to("fcm-0"), to("fcm-0"), push_at=clock.now() + HOUR)
    await cancel(pushes.stores, pushes.app, stopped)
    with pytest.raises(Conflict, match="is cancelled"):
        await change(pushes, stopped, later(HOUR))
    clock.advance(3600)
    with pytest.raises(Conflict, match="is dispatching"):
        await change(pushes, due, later(HOUR))
    await pushes.place()
    with pytest.raises(Conflict, match="is sending"):
        await change(pushes, due, later(HOUR))
    await pushes.record(due, rejected())
    with pytest.raises(Conflict, match="is sent"):
        await change(pushes, due, later(HOUR))
    with pytest.raises(NotFound):
        await change(pushes, due[:-1] + "7", later(HOUR))


async def test_of_a_change_and_a_cancellation_at_once_the_message_stays_cancelled(
    pushes: SmallPushes, clock: SetClock
) -> None:
    ids = await pushes.put(*[to("fcm-0")] * 10, push_at=clock.now() + HOUR)
    for message_id in ids:
        await asyncio.gather(
            change(pushes, message_id, saying("x")),
            cancel(pushes.stores, pushes.app, message_id),
            return_exceptions=True,
        )
        found = await pushes.stores.tracked.messages.find(pushes.app, message_id)
        assert found.status is Status.CANCELLED
    assert await pushes.stores.segments.waiting(pushes.world().home) == (0, 0)


async def test_a_cancelled_message_that_was_changed_is_never_sent(
    pushes: SmallPushes, clock: SetClock
) -> None:
    await pushes.register(1)
    (message_id,) = await pushes.put(to("fcm-0"), push_at=clock.now() + HOUR)
    await change(pushes, message_id, later(-HOUR))
    assert (await cancel(pushes.stores, pushes.app, message_id)).status is Status.CANCELLED
    clock.advance(7200)
    assert await pushes.place() == 0
