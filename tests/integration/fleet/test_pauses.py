"""Apps and vendors that are paused: every process knows them, until they are resumed."""

from datetime import timedelta

from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.pauses import pause

from pushgate.fleet.pauses import Pauses


async def test_a_pause_is_known_elsewhere_after_a_refresh_and_survives_restarts(
    redis: Redis, clock: SetClock
) -> None:
    here, there = Pauses(redis), Pauses(redis)
    made = await here.pause("shop", "apns", pause(clock.now()))
    assert here.find("shop", "apns") == made
    assert there.find("shop", "apns") is None
    assert await there.refresh() == set()
    assert there.find("shop", "apns") == made
    assert (there.find("shop", "fcm"), there.find("shop"), there.find("shop2", "apns")) == (None,) * 3
    assert await here.resume("shop", "apns") == made
    assert await there.refresh() == {("shop", "apns")}
    assert there.find("shop", "apns") is None


async def test_a_paused_app_pauses_its_vendors(redis: Redis, clock: SetClock) -> None:
    pauses = Pauses(redis)
    made = await pauses.pause("shop", "", pause(clock.now()))
    assert pauses.find("shop", "apns") == pauses.find("shop") == made
    assert pauses.paused_apps == ["shop"]


async def test_pausing_and_resuming_again_changes_nothing(redis: Redis, clock: SetClock) -> None:
    pauses = Pauses(redis)
    first = await pauses.pause("shop", "", pause(clock.now()))
    assert await pauses.pause("shop", "", pause(clock.now() + timedelta(hours=1))) == first
    assert await pauses.resume("shop", "") == first
    assert await pauses.resume("shop", "") is None
