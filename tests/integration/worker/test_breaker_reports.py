"""Every change of a breaker is reported once, to the worker that made it and to operators."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.rate_limits import SHOP, WorkerLimits

from pushgate.domain.errors import VendorAuthError, VendorError, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import RefusalScope
from pushgate.fleet.problem_codes import SystemProblemCode
from pushgate.fleet.problems import VendorFailure
from pushgate.fleet.vendor_health import VendorHealth
from pushgate.worker.circuit_breaker import BreakerChange, BreakerState
from pushgate.worker.route import Route

DOWN = VendorUnavailable("down", "it is down")


def voip() -> Route:
    return Route("shop", "apns", {RefusalScope.TOPIC: "com.example.voip"})


def alert() -> Route:
    return Route("shop", "apns", {RefusalScope.TOPIC: "com.example"})


async def test_every_change_of_a_breaker_is_reported_once(redis: Redis, clock: SetClock) -> None:
    changes: list[BreakerChange] = []
    worker = WorkerLimits(redis, clock, report=changes.append)
    topic, refused = (
        voip().breaker_scope(RefusalScope.TOPIC),
        VendorAuthError("TopicDisallowed", "not this topic", scope=RefusalScope.TOPIC),
    )
    start = clock.now()
    for _ in range(7):
        await worker.record_failure(voip(), refused)
    await worker.record_success(alert())
    assert changes == [
        BreakerChange(topic, BreakerState.FAILING, "TopicDisallowed", "not this topic"),
        BreakerChange(
            topic,
            BreakerState.OPEN,
            code="TopicDisallowed",
            reason="not this topic",
            until=start + timedelta(seconds=5),
        ),
    ]
    del changes[0]
    health = VendorHealth(redis)
    assert await health.failures([("shop", "apns"), ("shop", "fcm")]) == [
        VendorFailure(
            app="shop",
            vendor="apns",
            kind=SystemProblemCode.VENDOR_REFUSES,
            code="TopicDisallowed",
            reason="not this topic",
            since=start,
            until=start + timedelta(seconds=5),
            scope_kind="topic",
            scope_name=topic.name,
        )
    ]
    clock.advance(6)
    for _ in range(3):
        await worker.acquire(voip(), 10)
    assert changes[1:] == [BreakerChange(topic, BreakerState.HALF_OPEN)]
    await worker.record_failure(voip(), refused)
    assert [(change.state, change.until) for change in changes[2:]] == [
        (BreakerState.OPEN, clock.now() + timedelta(seconds=10))
    ]
    clock.advance(11)
    await worker.acquire(voip(), 10)
    for _ in range(2):
        await worker.record_success(voip())
    assert [change.state for change in changes[3:]] == [BreakerState.HALF_OPEN, BreakerState.CLOSED]
    assert await health.failures([("shop", "apns")]) == []


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (VendorAuthError("403", "bad key"), SystemProblemCode.VENDOR_REFUSES),
        (VendorUnavailable("503", "down"), SystemProblemCode.VENDOR_UNAVAILABLE),
        (VendorThrottled("429", "less", 60), SystemProblemCode.VENDOR_THROTTLES),
        (None, SystemProblemCode.VENDOR_UNANSWERED),
    ],
)
async def test_the_first_failure_is_reported_and_the_first_success_ends_the_trouble(
    redis: Redis, clock: SetClock, error: VendorError | None, kind: SystemProblemCode
) -> None:
    changes: list[BreakerChange] = []
    worker, health = WorkerLimits(redis, clock, report=changes.append), VendorHealth(redis)
    for _ in range(3):
        await worker.record_failure(SHOP, error)
    (failure,) = await health.failures([("shop", "fcm")])
    assert (failure.kind, failure.since, failure.scope) == (kind, clock.now(), "")
    assert len(changes) == 1, "a change of state is reported once"
    clock.advance(61)
    await worker.record_success(SHOP)
    assert await health.failures([("shop", "fcm")]) == []
    assert changes[1].state is BreakerState.CLOSED


@pytest.mark.parametrize(("asked", "reported"), [(2, []), (60, [BreakerState.OPEN, BreakerState.CLOSED])])
async def test_only_a_long_pause_that_a_vendor_asks_for_is_reported(
    redis: Redis, clock: SetClock, asked: float, reported: list[BreakerState]
) -> None:
    changes: list[BreakerChange] = []
    worker = WorkerLimits(redis, clock, report=changes.append)
    for _ in range(3):
        await worker.record_failure(SHOP, VendorThrottled("429", "less", asked))
    await worker.record_success(SHOP)
    assert [change.state for change in changes] == reported[:1], "it is not over yet"
    clock.advance(asked)
    assert (await worker.acquire(SHOP, 5)).granted == 5
    await worker.record_success(SHOP)
    assert [change.state for change in changes] == reported


async def test_a_vendor_that_throttles_all_the_time_is_reported(redis: Redis, clock: SetClock) -> None:
    changes: list[BreakerChange] = []
    worker, less = WorkerLimits(redis, clock, report=changes.append), VendorThrottled("429", "less")
    for _ in range(4):
        await worker.record_failure(SHOP, less)
        clock.advance(3)
        await worker.record_success(SHOP)
    assert changes == [], "it takes pushes between"
    for _ in range(6):
        await worker.record_failure(SHOP, less)
        clock.advance(3)
    assert changes == [BreakerChange(SHOP.app_scope, BreakerState.FAILING, "429", "less")]
    await worker.record_success(SHOP)
    assert [change.state for change in changes[1:]] == [BreakerState.CLOSED]


async def test_a_vendor_that_throttles_and_accepts_some_pushes_works(redis: Redis, clock: SetClock) -> None:
    changes: list[BreakerChange] = []
    worker = WorkerLimits(redis, clock, report=changes.append)
    for _ in range(30):
        await worker.record_failure(SHOP, VendorThrottled("slow", "slower", 1.0), some_accepted=True)
        clock.advance(1)
    assert changes == []


async def test_a_clock_that_was_ahead_does_not_hide_a_vendor_that_throttles(
    redis: Redis, clock: SetClock
) -> None:
    changes: list[BreakerChange] = []
    worker = WorkerLimits(redis, clock, report=changes.append)
    clock.advance(30)
    await worker.record_failure(SHOP, VendorThrottled("slow", "slower", 1.0))
    clock.advance(-30)
    for _ in range(12):
        await worker.record_failure(SHOP, VendorThrottled("slow", "slower", 1.0))
        clock.advance(1)
    assert [change.state for change in changes] == [BreakerState.FAILING]
