"""A small message holds the saved audiences that it names, whatever happens between any two
commands of its changes: none of them is deleted, and the message sent to nobody.
"""

import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.interrupted_redis import InterruptedRedis, Killed, die
from tests.support.small_pushes import SmallPushes, to

from pushgate.audiences.naming import saved_names
from pushgate.cancellation import cancel
from pushgate.domain.audience import Audience, AudienceKind, AudienceSummary, HasTag, Saved
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Message
from pushgate.stores import Stores

HOUR = timedelta(hours=1)
NAMES = ("vip", "fans", "staff")


@pytest.fixture
async def pushes(redis: Redis, clock: SetClock) -> SmallPushes:
    return SmallPushes(redis, clock)


async def begin(pushes: SmallPushes) -> str:
    """A message to the audience vip; all audiences are saved."""
    for one in NAMES:
        await pushes.stores.saved_audiences.save(pushes.app, one, HasTag(one), "audience")
    (message_id,) = await pushes.put(to("fcm-0"), push_at=pushes.clock.now() + 72 * HOUR)
    await name(pushes, pushes.stores, message_id, "vip")
    return message_id


async def name(
    pushes: SmallPushes, stores: Stores, message_id: str, audience: str, by: timedelta = timedelta(0)
) -> None:
    """Change the message's audience, and its push time."""
    summary = AudienceSummary(AudienceKind.EXPRESSION, expression=f'{{"saved":"{audience}"}}')

    def apply(message: Message) -> Message:
        return replace(message, audience=summary, push_at=message.push_at + by)

    await stores.tracked.changes.reschedule(pushes.app, message_id, apply, audience=Saved(audience))


async def named(pushes: SmallPushes, message_id: str) -> Audience:
    account = await pushes.account(message_id)
    assert account.message is not None
    return account.message.audience


async def delete_all(pushes: SmallPushes) -> None:
    """Somebody deletes every audience that can be deleted."""
    for one in NAMES:
        with suppress(Conflict, NotFound):
            await pushes.stores.saved_audiences.delete(pushes.app, one)


async def assert_not_lost(pushes: SmallPushes, message_id: str) -> None:
    names = saved_names(await named(pushes, message_id))
    assert await pushes.stores.saved_audiences.unknown(pushes.app, names) == set()


def over(pushes: SmallPushes, before: dict[int, Callable[[], Awaitable[None]]]) -> Stores:
    redis = InterruptedRedis.of(pushes.redis, before)
    return Stores.open(redis, pushes.clock, timedelta(days=30))


@pytest.mark.parametrize(("audience", "by"), [("fans", timedelta(0)), ("fans", HOUR), ("vip", -71 * HOUR)])
async def test_a_change_that_dies_leaves_the_audience_of_its_message(
    pushes: SmallPushes, clock: SetClock, audience: str, by: timedelta
) -> None:
    for dies_at in itertools.count(1):
        message_id = await begin(pushes)
        try:
            await name(pushes, over(pushes, {dies_at: die}), message_id, audience, by)
        except Killed:
            for seconds in (0, 90_001):
                clock.advance(seconds)
                await delete_all(pushes)
                await assert_not_lost(pushes, message_id)
            await cancel(pushes.stores, pushes.app, message_id)
        else:
            assert dies_at > 3, "a change has several commands"
            return


@pytest.mark.parametrize("other", ["vip", "fans", "staff"])
async def test_changes_at_once_leave_the_audience_of_their_message(
    pushes: SmallPushes, clock: SetClock, other: str
) -> None:
    """Each before any command of the other, and with a deletion after any one of both."""
    for changed_at, deleted_at in itertools.product(range(1, 8), range(1, 12)):
        message_id = await begin(pushes)

        async def delete(message_id: str = message_id) -> None:
            await delete_all(pushes)
            await assert_not_lost(pushes, message_id)

        stores = over(pushes, {deleted_at: delete})

        async def change(message_id: str = message_id, stores: Stores = stores) -> None:
            with suppress(Conflict):
                await name(pushes, stores, message_id, other)

        with suppress(Conflict):
            await name(pushes, over(pushes, {changed_at: change}), message_id, "fans")
        await delete()
        await cancel(pushes.stores, pushes.app, message_id)
        clock.advance(100 * 3600)
