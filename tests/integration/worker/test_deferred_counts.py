"""Counts of many small jobs reach Redis together, and wait while it is away."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import State
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores
from pushgate.terminals.removal_guard import DeadShare
from pushgate.worker.deferred_counts import DeferredCounts


async def test_counts_reach_redis_within_about_a_second(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    counts = DeferredCounts(stores)
    for _ in range(3):
        counts.add("shop", "fcm", {State.ACCEPTED: 2, State.PENDING: -2}, 2)
    assert await stores.totals.read() == {}
    async with asyncio.timeout(10):
        while not await stores.totals.read():  # noqa: ASYNC110  # another task writes to Redis
            await asyncio.sleep(0.05)
    await counts.flush()
    assert await stores.totals.read() == {("shop", "fcm", "accepted"): 6}
    window = (await stores.removal_guard.count("shop", "fcm", DeadShare(1, 1))).others
    assert window == DeadShare(7, 1), "one entry for all three"


async def test_counts_wait_while_redis_is_away(
    redis: Redis, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    counts = DeferredCounts(stores)
    counts.add("shop", "fcm", {State.INVALID: 1}, 0)
    away = connect(RedisSettings(url="redis://127.0.0.1:1/0", max_connections=4))
    with monkeypatch.context() as patch:
        patch.setattr(stores.totals, "_redis", away)
        with pytest.raises(EngineUnavailable):
            await counts.flush()
    await counts.flush()
    assert await stores.totals.read() == {("shop", "fcm", "invalid"): 1}
    await away.aclose()


async def test_two_flushes_at_the_same_time_count_once(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    counts = DeferredCounts(stores)
    for vendor in ("apns", "fcm", "huawei"):
        counts.add("shop", vendor, {State.ACCEPTED: 1}, 1)
    await asyncio.gather(counts.flush(), counts.flush())
    assert set((await stores.totals.read()).values()) == {1}
