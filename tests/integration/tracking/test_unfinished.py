"""Unfinished messages are counted, and the oldest due one is found, whatever stores them."""

from datetime import timedelta

from redis.asyncio import Redis
from tests.support.bundles import LEASE, RETENTION, SmallWorld, small
from tests.support.clock import SetClock
from tests.support.messages import message

from pushgate.bundles.bundle_values import Change, Verb
from pushgate.domain.app import App
from pushgate.stores import Stores

SHOP = App("shop", 2)


async def test_small_and_large_messages_count_together(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, RETENTION)
    unfinished, world = stores.tracked.unfinished, SmallWorld(redis, clock, SHOP, 1)
    assert await unfinished.oldest_due_at([SHOP]) is None
    await stores.messages.put(message(clock, 60))
    await world.put([small(f"n{number}", push_at=clock.now()) for number in range(3)])
    expected = {"scheduled": 4, "dispatching": 0, "sending": 0, "paused": 0}
    assert await unfinished.counts([SHOP]) == expected
    assert await unfinished.app_counts(SHOP) == expected
    due_since = clock.now()
    clock.advance(40)
    assert await unfinished.oldest_due_at([SHOP]) == due_since
    (bundle,) = await world.place(await world.claim(), per_message=2)
    assert await unfinished.counts([SHOP]) == {"scheduled": 1, "dispatching": 0, "sending": 6, "paused": 0}
    assert await unfinished.oldest_due_at([SHOP]) is None
    await world.bundles.take(world.home, bundle.number, "w", LEASE)
    await world.bundles.record(world.home, bundle.number, "w", None, [Change(Verb.ACCEPTED, range(6))])
    assert await unfinished.counts([SHOP]) == {"scheduled": 1, "dispatching": 0, "sending": 0, "paused": 0}
    clock.advance(40)
    assert await unfinished.oldest_due_at([SHOP]) == due_since + timedelta(seconds=60)
