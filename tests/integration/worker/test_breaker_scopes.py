"""What a refusal is about is paused alone: a topic, a class, a channel, a host."""

from datetime import timedelta

from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.rate_limits import WorkerLimits

from pushgate.domain.app import PushRate
from pushgate.domain.errors import VendorAuthError, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import RefusalScope
from pushgate.fleet.vendor_health import VendorHealth
from pushgate.worker.route import Route

DOWN = VendorUnavailable("down", "it is down")


def two_workers(
    redis: Redis, clock: SetClock, rate: PushRate | None = None
) -> tuple[WorkerLimits, WorkerLimits]:
    return WorkerLimits(redis, clock, rate), WorkerLimits(redis, clock, rate)


def voip() -> Route:
    return Route("shop", "apns", {RefusalScope.TOPIC: "com.example.voip"})


def alert() -> Route:
    return Route("shop", "apns", {RefusalScope.TOPIC: "com.example"})


async def test_a_refused_topic_pauses_that_topic_alone(redis: Redis, clock: SetClock) -> None:
    one, other = two_workers(redis, clock)
    for _ in range(8):
        await one.record_failure(
            voip(), VendorAuthError("TopicDisallowed", "not this topic", scope=RefusalScope.TOPIC)
        )
    permits = await other.acquire(voip(), 100)
    assert (permits.granted, permits.wait) == (0, timedelta(seconds=5))
    assert permits.limited_by == voip().breaker_scope(RefusalScope.TOPIC)
    assert (await other.acquire(alert(), 100)).granted == 100
    assert (await other.acquire(Route("news", "apns", voip().names), 100)).granted == 100


async def test_a_failure_of_the_app_pauses_every_topic(redis: Redis, clock: SetClock) -> None:
    worker = WorkerLimits(redis, clock)
    for route in (voip(), alert(), voip(), alert(), voip()):
        await worker.record_failure(route, DOWN)
    assert (await worker.acquire(alert(), 100)).granted == 0
    assert (await worker.acquire(voip(), 100)).granted == 0


async def test_a_vendor_that_refuses_a_topic_works_so_the_rest_stays_closed(
    redis: Redis, clock: SetClock
) -> None:
    worker = WorkerLimits(redis, clock)
    for _ in range(4):
        await worker.record_failure(alert(), DOWN)
    await worker.record_failure(voip(), VendorAuthError("BadTopic", "no topic", scope=RefusalScope.TOPIC))
    assert await worker.record_failure(alert(), DOWN) == timedelta(0), "it counts from one again"


async def test_a_failure_of_the_app_at_one_host_pauses_that_host(redis: Redis, clock: SetClock) -> None:
    worker = WorkerLimits(redis, clock)

    def at(host: str, kind: str = "IM") -> Route:
        return Route("shop", "oppo", {RefusalScope.HOST: host, RefusalScope.CLASS: kind})

    for _ in range(5):
        await worker.record_failure(at("overseas"), DOWN)
    assert (await worker.acquire(at("overseas"), 1)).granted == 0
    assert (await worker.acquire(at("china"), 1)).granted == 1
    quota = VendorThrottled("33", "the day's quota", 3600, RefusalScope.CLASS)
    await worker.record_failure(at("china"), quota)
    assert (await worker.acquire(at("china"), 1)).granted == 0
    assert (await worker.acquire(at("china", "NEWS"), 1)).granted == 1
    clock.advance(10)
    assert (await worker.acquire(at("overseas"), 1)).granted == 1, (
        "a class of one host is none of the other's"
    )


async def test_the_number_of_paused_scopes_is_bounded(redis: Redis, clock: SetClock) -> None:
    """What callers name must not fill the memory, however long it is."""
    worker = WorkerLimits(redis, clock)
    for number in range(200):
        clock.advance(1)
        route = Route("shop", "xiaomi", {RefusalScope.CHANNEL: f"channel {number} " + "x" * 5000})
        await worker.record_failure(route, VendorThrottled("200001", "used up", 3600, RefusalScope.CHANNEL))
    keys = [key async for key in redis.scan_iter("{q}:gate:*")]
    assert len(keys) <= 64 + 2
    assert max(map(len, keys)) < 150
    assert len(await VendorHealth(redis).failures([("shop", "xiaomi")])) == 64
    assert (await worker.acquire(route, 5)).granted == 0, "the latest are known"
    await worker.record_success(Route("shop", "xiaomi", {RefusalScope.CHANNEL: "another"}))
    assert (await worker.acquire(route, 5)).granted == 0
