"""Whether an app's pushes go to a vendor at all: breakers that all workers share."""

from datetime import timedelta

from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.rate_limits import SHOP, WorkerLimits

from pushgate.domain.app import PushRate
from pushgate.domain.errors import VendorUnavailable
from pushgate.worker.route import Route

DOWN = VendorUnavailable("down", "it is down")


def two_workers(
    redis: Redis, clock: SetClock, rate: PushRate | None = None
) -> tuple[WorkerLimits, WorkerLimits]:
    return WorkerLimits(redis, clock, rate), WorkerLimits(redis, clock, rate)


async def test_after_five_consecutive_failures_one_worker_tests_the_vendor(
    redis: Redis, clock: SetClock
) -> None:
    first, second = two_workers(redis, clock)
    for _ in range(4):
        assert await first.record_failure(SHOP, DOWN) == timedelta(0)
    assert await second.granted() == 10_000
    assert await second.record_failure(SHOP, None) == timedelta(seconds=5)
    assert await first.granted() == 0
    clock.advance(6)
    assert await first.granted(100) == 16, "one tries, with few"
    assert await second.granted() == 0
    assert await first.record_failure(SHOP, DOWN) == timedelta(seconds=10), "the next pause is twice as long"
    clock.advance(11)
    assert await second.granted(100) == 16
    await second.record_success(SHOP)
    assert await first.granted() == 10_000
    assert await first.record_failure(SHOP, DOWN) == timedelta(0), "it counts from one again"


async def test_a_success_restarts_the_count_of_failures(redis: Redis, clock: SetClock) -> None:
    worker = WorkerLimits(redis, clock)
    for _ in range(10):
        for _ in range(4):
            await worker.record_failure(SHOP, DOWN)
        await worker.record_success(SHOP)
    assert await worker.granted() == 10_000


async def test_failures_of_calls_that_accept_some_pushes_are_not_consecutive(
    redis: Redis, clock: SetClock
) -> None:
    """A vendor with a few server errors works; one that is down accepts nothing of later calls."""
    worker = WorkerLimits(redis, clock)
    for _ in range(20):
        assert await worker.record_failure(SHOP, DOWN, some_accepted=True) == timedelta(0)
    assert await worker.granted(5) == 5
    for _ in range(3):
        assert await worker.record_failure(SHOP, DOWN) == timedelta(0)
    assert await worker.record_failure(SHOP, DOWN) == timedelta(seconds=5)


async def test_a_probe_may_have_a_failure_among_accepted_pushes(redis: Redis, clock: SetClock) -> None:
    worker = WorkerLimits(redis, clock)
    for _ in range(5):
        await worker.record_failure(SHOP, DOWN)
    clock.advance(5)
    assert await worker.granted() == 16
    await worker.record_failure(SHOP, DOWN, some_accepted=True)
    assert await worker.granted(5000) == 5000


async def test_apps_and_vendors_have_breakers_of_their_own(redis: Redis, clock: SetClock) -> None:
    worker = WorkerLimits(redis, clock)
    for _ in range(5):
        await worker.record_failure(SHOP, DOWN)
    assert (await worker.acquire(Route("shop", "apns"), 5)).granted == 5
    assert (await worker.acquire(Route("news", "fcm"), 5)).granted == 5


async def test_a_clock_that_is_set_back_by_hours_does_not_keep_a_breaker_open(
    redis: Redis, clock: SetClock
) -> None:
    worker = WorkerLimits(redis, clock, PushRate(100))
    clock.advance(3600)
    for _ in range(5):
        await worker.record_failure(SHOP, DOWN)
    assert await worker.granted() == 0
    clock.advance(-30)
    assert await worker.granted() == 0, "clocks of two workers may differ by so much"
    clock.advance(-3570)
    assert await worker.granted() > 0


async def test_workers_that_wait_for_a_probe_come_back_soon_after_it(redis: Redis, clock: SetClock) -> None:
    first, second = two_workers(redis, clock)
    for _ in range(5):
        await first.record_failure(SHOP, DOWN)
    clock.advance(5)
    assert await first.granted(100) == 16
    waits = []
    for _ in range(4):
        waits.append((await second.acquire(SHOP, 100)).wait)
        clock.advance(waits[-1].total_seconds())
    assert waits == [timedelta(seconds=1), timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=4)]
    await first.record_success(SHOP)
    assert await second.granted() == 10_000
