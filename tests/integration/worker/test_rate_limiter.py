"""How fast an app's pushes go to a vendor: the limit that all workers share."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.rate_limits import SHOP, WorkerLimits

from pushgate.domain.app import PushRate
from pushgate.domain.errors import VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import RefusalScope
from pushgate.worker.route import Route

DOWN = VendorUnavailable("down", "it is down")


def two_workers(
    redis: Redis, clock: SetClock, rate: PushRate | None = None
) -> tuple[WorkerLimits, WorkerLimits]:
    return WorkerLimits(redis, clock, rate), WorkerLimits(redis, clock, rate)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 5000),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 2000), st.booleans()), min_size=1, max_size=30),
)
async def test_permits_never_exceed_the_rate_and_one_seconds_burst(
    redis: Redis, clock: SetClock, rate: int, steps: list[tuple[int, int, bool]]
) -> None:
    await redis.flushdb()
    both, passed, total = two_workers(redis, clock, PushRate(rate)), 0.0, 0
    for pause, wanted, first in steps:
        clock.advance(pause / 1000)
        passed += pause / 1000
        permits = await both[0 if first else 1].acquire(SHOP, wanted)
        assert 0 <= permits.granted <= wanted
        assert permits.granted or permits.wait > timedelta(0), "without permits there is a time to ask again"
        total += permits.granted
        assert total <= rate * (passed + 1) + 1


async def test_a_tenth_of_the_permits_is_reserved_for_urgent_pushes(redis: Redis, clock: SetClock) -> None:
    worker = WorkerLimits(redis, clock, PushRate(100))
    assert await worker.granted() == 90
    assert await worker.granted() == 0
    assert (await worker.acquire(SHOP, 4, urgent=True)).granted == 4
    assert (await worker.acquire(SHOP, 10, urgent=True)).granted == 6
    permits = await worker.acquire(SHOP, 10)
    assert (permits.granted, permits.wait) == (0, timedelta(milliseconds=110)), "the tenth is filled up first"


async def test_without_a_rate_everything_is_granted(redis: Redis, clock: SetClock) -> None:
    assert await WorkerLimits(redis, clock).granted() == 10_000


async def test_a_vendor_that_asks_for_less_gets_half_and_the_rate_grows_back(
    redis: Redis, clock: SetClock
) -> None:
    one, other = two_workers(redis, clock, PushRate(1000))
    assert await one.granted(urgent=True) == 1000
    for _ in range(4):  # calls that fail together are one warning
        await one.record_failure(SHOP, VendorThrottled("429", "less", 7))
    permits = await other.acquire(SHOP, 10)
    assert (permits.granted, permits.wait) == (0, timedelta(seconds=7)), (
        "nothing before the time it asked for"
    )
    clock.advance(8)
    assert 500 <= await other.granted(urgent=True) < 700
    for _ in range(70):
        clock.advance(1)
        last = await other.granted(urgent=True)
    assert last == 1000


async def test_the_rate_ramps_up_after_a_pause(redis: Redis, clock: SetClock) -> None:
    worker = WorkerLimits(redis, clock, PushRate(1000, timedelta(seconds=60)))
    got = []
    for _ in range(70):
        got.append(await worker.granted(urgent=True))
        clock.advance(1)
    assert got[0] == 100
    assert 400 < got[30] < 700
    assert got[-1] == 1000
    clock.advance(120)
    assert await worker.granted(urgent=True) == 100


async def test_reservations_are_due_one_after_the_other(redis: Redis, clock: SetClock) -> None:
    worker, other = two_workers(redis, clock, PushRate(100))
    waits = [(await worker.reserve(SHOP, SHOP.app_scope, 200)).wait for worker in (worker, other, worker)]
    assert waits == [timedelta(0), timedelta(seconds=2), timedelta(seconds=4)]


@pytest.mark.parametrize("back", [10, 100_000])
async def test_a_clock_that_is_set_back_stops_no_permits_for_good(
    redis: Redis, clock: SetClock, back: int
) -> None:
    worker = WorkerLimits(redis, clock, PushRate(100))
    assert await worker.granted(50) == 50
    clock.advance(-back)
    assert await worker.granted(40) == 40
    clock.advance(1)
    assert await worker.granted() > 0


@pytest.mark.parametrize("ahead", [0, 0.2, 1.5, 4.9])
async def test_workers_whose_clocks_differ_keep_the_rate(redis: Redis, clock: SetClock, ahead: float) -> None:
    clocks = clock, SetClock()
    clocks[1].at = clock.now() + timedelta(seconds=ahead)
    workers = [WorkerLimits(redis, one, PushRate(100)) for one in clocks]
    total = 0
    for _ in range(200):  # 10 s
        for worker in workers:
            total += await worker.granted(10)
        for one in clocks:
            one.advance(0.05)
    assert 90 + 9 * 100 <= total <= 90 + 11 * 100, "at most one second's burst more"


async def test_warnings_of_one_moment_are_few_where_clocks_differ(redis: Redis, clock: SetClock) -> None:
    slow, fast, later = clock, SetClock(), WorkerLimits(redis, clock, PushRate(1000))
    fast.at = slow.now() + timedelta(seconds=2)
    workers = [WorkerLimits(redis, one, PushRate(1000)) for one in (slow, fast)]
    for _ in range(4):
        for worker in workers:
            await worker.record_failure(SHOP, VendorThrottled("429", "less", None))
    assert [await worker.granted(urgent=True) for worker in workers] == [0, 0], "no burst after a warning"
    for one in (slow, fast):
        one.advance(3)
    assert 200 <= await later.granted(urgent=True) < 400, "the rate was halved once, or once for each clock"


async def test_a_used_up_daily_quota_of_a_class_slows_nothing_else(redis: Redis, clock: SetClock) -> None:
    worker = WorkerLimits(redis, clock, PushRate(100))
    public = Route("shop", "fcm", {RefusalScope.CLASS: "public"})
    private = Route("shop", "fcm", {RefusalScope.CLASS: "private"})
    await worker.record_failure(public, VendorThrottled("110019", "used up", 7200, RefusalScope.CLASS))
    assert (await worker.acquire(public, 10)).wait == timedelta(hours=2)
    assert (await worker.acquire(private, 1000, urgent=True)).granted == 100


async def test_pushes_that_wait_for_a_breaker_take_no_place_of_those_that_wait_for_permits(
    redis: Redis, clock: SetClock
) -> None:
    worker = WorkerLimits(redis, clock, PushRate(100))
    public = Route("shop", "fcm", {RefusalScope.CLASS: "public"})
    await worker.record_failure(public, VendorThrottled("110019", "used up", 60, RefusalScope.CLASS))
    limited_by = (await worker.acquire(public, 10)).limited_by
    assert (await worker.reserve(public, limited_by, 6000)).wait == timedelta(seconds=60)
    assert (await worker.reserve(public, limited_by, 6000)).wait == timedelta(seconds=120), (
        "they come back one after the other"
    )
    assert (await worker.reserve(SHOP, SHOP.app_scope, 200)).wait == timedelta(0)
