"""Messages near in time that are for some of the same terminals, large and small, in all shards."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.messages import message
from tests.support.small_pushes import SmallPushes, to

from pushgate.adapters.topics import summarize_audience
from pushgate.domain.app import App
from pushgate.domain.audience import AllOf, Audience, ByUser, Everyone, HasTag, InLanguage
from pushgate.domain.message import Options, Priority
from pushgate.domain.terminal import Terminal
from pushgate.preflight.overlaps import MAX_COMPARED, WINDOW, find_overlaps
from pushgate.preflight.plan import Overlaps
from pushgate.preflight.slots import slots_of
from pushgate.preflight.small_overlaps import MAX_LISTED, MAX_SEGMENTS

APP = App("shop", 3)
MANY = 70
"""So many terminals of one user that a message to the user is sent as a large one."""


@pytest.fixture
async def pushes(redis: Redis, clock: SetClock) -> SmallPushes:
    found = SmallPushes(redis, clock, APP)
    await found.register(30)
    tagged = [
        Terminal(f"vip-{n}", "apns", f"vip-{n}", "zh-Hans", user="ann", tags=("vip",)) for n in range(MANY)
    ]
    await found.stores.registry.register(APP, tagged)
    return found


@pytest.fixture
def at(clock: SetClock) -> datetime:
    return clock.now() + timedelta(hours=5)


async def put_large(pushes: SmallPushes, push_at: datetime, audience: Audience | None = None) -> str:
    to_all = audience or Everyone()
    after = (push_at - pushes.clock.now()).total_seconds()
    stored = replace(message(pushes.clock, after), audience=summarize_audience(to_all))
    await pushes.stores.messages.put(stored, audience=to_all)
    return stored.id


async def overlaps(pushes: SmallPushes, at: datetime, audience: Audience) -> Overlaps:
    slots = await slots_of(pushes.stores, APP, audience, "")
    return await find_overlaps(pushes.stores, APP, slots, at)


def counts(found: Overlaps) -> dict[str, int]:
    return {one.message_id: one.count for one in found.messages}


async def test_terminals_of_all_shards_are_compared(pushes: SmallPushes, at: datetime) -> None:
    everyone = await put_large(pushes, at + WINDOW)
    vips = await put_large(pushes, at - WINDOW, HasTag("vip"))
    await put_large(pushes, at, AllOf((HasTag("vip"), InLanguage("en"))))
    await put_large(pushes, at + WINDOW + timedelta(milliseconds=1))
    some, _ = await pushes.put(to("fcm-1", "fcm-2", "vip-3"), to("fcm-1"), shard=1, push_at=at)
    (urgent,) = await pushes.put(
        to("vip-1", "vip-2", "vip-1"), shard=2, push_at=at, options=Options(priority=Priority.HIGH)
    )
    (of_ann,) = await pushes.put(ByUser(("ann",)), shard=0, push_at=at)
    await pushes.put(ByUser(("ann",)), shard=0, push_at=at + WINDOW + timedelta(seconds=1))
    found = await overlaps(pushes, at, HasTag("vip"))
    assert counts(found) == {everyone: MANY, vips: MANY, some: 1, urgent: 2, of_ann: MANY}
    assert (found.compared, found.is_complete) == (3 + 4, True)
    assert counts(await overlaps(pushes, at, ByUser(("ann",)))) == counts(found)


async def test_of_too_many_messages_the_nearest_are_compared(pushes: SmallPushes, at: datetime) -> None:
    ids = [await put_large(pushes, at + timedelta(minutes=n)) for n in range(MAX_COMPARED + 1)]
    found = await overlaps(pushes, at, HasTag("vip"))
    assert [one.message_id for one in found.messages] == ids[:-1]
    assert not found.is_complete
    assert (await overlaps(pushes, at - timedelta(minutes=11), HasTag("vip"))).is_complete


async def test_small_messages_beyond_the_limits_are_said_to_be_left_out(
    pushes: SmallPushes, at: datetime
) -> None:
    await pushes.put(*[to("vip-1")] * MAX_LISTED, push_at=at)
    assert (await overlaps(pushes, at, HasTag("vip"))).is_complete
    await pushes.put(to("vip-1"), push_at=at)
    found = await overlaps(pushes, at, HasTag("vip"))
    assert (len(found.messages), found.compared, found.is_complete) == (MAX_LISTED, MAX_LISTED + 1, False)
    for _ in range(MAX_SEGMENTS // APP.shards + 1):
        await pushes.put(to("fcm-1"), shard=1, push_at=at + WINDOW)
    found = await overlaps(pushes, at + WINDOW, HasTag("none"))
    assert (found.messages, found.is_complete) == ([], False)
