"""A message that waits is replaced as often as its client likes, and keeps its id."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.bundles import RETENTION, SmallWorld, small
from tests.support.clock import SetClock

from pushgate.bundles.bodies import encode
from pushgate.bundles.segment_values import Segment
from pushgate.domain.clock import to_ms


async def replace(world: SmallWorld, message_id: str, text: str, days: int) -> int:
    """Replace the message; returns the page of its new place."""
    push_at = world.clock.now() + timedelta(days=days)
    (account,) = await world.accounts.read(world.home.app, [message_id])
    assert account is not None
    page = await world.segments.new_page(world.home)
    bodies = encode([small(text, push_at=push_at)], account.created_ms, to_ms(push_at))
    segment = Segment(number=0, push_at=push_at, urgent=False, bodies=bodies, count=1)
    verdict = await world.segments.replace(
        world.home,
        message_id,
        segment,
        page,
        version=account.version,
        contents_until=push_at + RETENTION,
        results_until=push_at + RETENTION,
        now=world.clock.now(),
    )
    assert verdict == "stored"
    return page


async def test_the_id_leads_to_the_message_as_long_as_that_is_kept(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    (message_id,), _ = await world.put([small(push_at=clock.now())])
    for days in (1, 300):
        await replace(world, message_id, "later", days)
    kept_until = clock.now() + timedelta(days=300) + RETENTION
    assert await redis.pexpiretime("{shop:0}:p:1") >= to_ms(kept_until)


async def test_a_message_that_is_changed_often_takes_no_more_place(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    (message_id,), _ = await world.put([small(push_at=clock.now())])
    for number in range(20):
        await replace(world, message_id, f"version {number}", 0)
    assert len([key async for key in redis.scan_iter("*:[cp]:*")]) == 4
    (account,) = await world.accounts.read(world.home.app, [message_id])
    assert account is not None
    assert account.message is not None
    assert account.message.message.content["en"].body == "version 19"
    (claimed,) = await world.claim()
    assert len(await world.place([claimed])) == 1
    assert await world.segments.waiting(world.home) == (0, 1)


async def test_a_new_place_takes_no_page_that_somebody_else_has(redis: Redis, clock: SetClock) -> None:
    """As after a failover, in which Redis lost that it had given the page before."""
    world = SmallWorld(redis, clock)
    (first, second), _ = await world.put([small("1", push_at=clock.now()), small("2", push_at=clock.now())])
    await redis.hdel("{shop:0}:next", "page")
    with pytest.raises(AssertionError):
        await replace(world, first, "changed", 1)
    await replace(world, first, "changed", 1)
    accounts = await world.accounts.read(world.home.app, [first, second])
    texts = [
        account.message.message.content["en"].body for account in accounts if account and account.message
    ]
    assert texts == ["changed", "2"]
