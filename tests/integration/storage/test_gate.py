"""The gate: how fast, and whether at all, an app's pushes go to a vendor. Shared by all workers."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.domain.app import PushRate
from pushgate.domain.errors import VendorAuthError, VendorError, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import RefusalScope
from pushgate.fleet.problems import SystemProblemCode, Trouble
from pushgate.fleet.troubles import Troubles
from pushgate.worker.circuit_breaker import BreakerChange, BreakerState
from pushgate.worker.rate_limiter import RateLimiter
from pushgate.worker.route import Route

SHOP = Route("shop", "fcm")
DOWN = VendorUnavailable("down", "it is down")


def unlimited(app: str, vendor: str) -> PushRate:
    return PushRate()


def gates(redis: Redis, clock: SetClock, rate: PushRate) -> tuple[RateLimiter, RateLimiter]:
    """Two workers'."""

    def push_rate(app: str, vendor: str) -> PushRate:
        return rate if (app, vendor) == ("shop", "fcm") else PushRate()

    return RateLimiter(redis, clock, push_rate), RateLimiter(redis, clock, push_rate)


async def granted(gate: RateLimiter, wanted: int = 10_000, *, urgent: bool = False) -> int:
    return (await gate.acquire(SHOP, wanted, urgent=urgent)).granted


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 5000),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 2000), st.booleans()), min_size=1, max_size=30),
)
async def test_never_more_than_the_rate_and_what_a_second_holds(
    redis: Redis, clock: SetClock, rate: int, steps: list[tuple[int, int, bool]]
) -> None:
    await redis.flushdb()
    both, passed, total = gates(redis, clock, PushRate(rate)), 0.0, 0
    for pause, wanted, first in steps:
        clock.advance(pause / 1000)
        passed += pause / 1000
        entry = await both[0 if first else 1].acquire(SHOP, wanted)
        assert 0 <= entry.granted <= wanted
        assert entry.granted or entry.wait > timedelta(0), "who gets none is told when to ask again"
        total += entry.granted
        assert total <= rate * (passed + 1) + 1


async def test_a_tenth_of_the_permits_is_kept_for_urgent_pushes(redis: Redis, clock: SetClock) -> None:
    gate, _ = gates(redis, clock, PushRate(100))
    assert await granted(gate) == 90
    assert await granted(gate) == 0
    assert (await gate.acquire(SHOP, 4, urgent=True)).granted == 4
    assert (await gate.acquire(SHOP, 10, urgent=True)).granted == 6
    entry = await gate.acquire(SHOP, 10)
    assert (entry.granted, entry.wait) == (0, timedelta(milliseconds=110)), "the tenth is filled up first"


async def test_without_a_rate_all_is_granted(redis: Redis, clock: SetClock) -> None:
    assert await granted(gates(redis, clock, PushRate(0))[0]) == 10_000


async def test_a_vendor_that_asks_for_less_gets_half_and_the_rate_grows_back(
    redis: Redis, clock: SetClock
) -> None:
    one, other = gates(redis, clock, PushRate(1000))
    assert await granted(one, urgent=True) == 1000
    for _ in range(4):  # calls that fail together are one warning
        await one.record_failure(SHOP, VendorThrottled("429", "less", 7))
    entry = await other.acquire(SHOP, 10)
    assert (entry.granted, entry.wait) == (0, timedelta(seconds=7)), "nothing before the time it asked for"
    clock.advance(8)
    assert 500 <= await granted(other, urgent=True) < 700
    for _ in range(70):
        clock.advance(1)
        last = await granted(other, urgent=True)
    assert last == 1000


async def test_the_way_up_after_a_rest_takes_its_time(redis: Redis, clock: SetClock) -> None:
    gate, _ = gates(redis, clock, PushRate(1000, timedelta(seconds=60)))
    got = []
    for _ in range(70):
        got.append(await granted(gate, urgent=True))
        clock.advance(1)
    assert got[0] == 100
    assert 400 < got[30] < 700
    assert got[-1] == 1000
    clock.advance(120)
    assert await granted(gate, urgent=True) == 100


async def test_those_who_wait_come_back_one_after_the_other(redis: Redis, clock: SetClock) -> None:
    gate, other = gates(redis, clock, PushRate(100))
    waits = [await worker.reserve(SHOP, SHOP.part(RefusalScope.APP), 200) for worker in (gate, other, gate)]
    assert waits == [timedelta(0), timedelta(seconds=2), timedelta(seconds=4)]


async def test_after_five_failures_in_a_row_one_tries_whether_it_works(redis: Redis, clock: SetClock) -> None:
    one, other = gates(redis, clock, PushRate(0))
    for _ in range(4):
        assert await one.record_failure(SHOP, DOWN) == timedelta(0)
    assert await granted(other) == 10_000
    assert await other.record_failure(SHOP, None) == timedelta(seconds=5)
    assert await granted(one) == 0
    clock.advance(6)
    assert await granted(one, 100) == 16, "one tries, with few"
    assert await granted(other) == 0
    assert await one.record_failure(SHOP, DOWN) == timedelta(seconds=10), "the next pause is twice as long"
    clock.advance(11)
    assert await granted(other, 100) == 16
    await other.record_success(SHOP)
    assert await granted(one) == 10_000
    assert await one.record_failure(SHOP, DOWN) == timedelta(0), "it counts from one again"


async def test_a_success_between_failures_begins_the_count_again(redis: Redis, clock: SetClock) -> None:
    one, _ = gates(redis, clock, PushRate(0))
    for _ in range(10):
        for _ in range(4):
            await one.record_failure(SHOP, DOWN)
        await one.record_success(SHOP)
    assert await granted(one) == 10_000


async def test_failures_of_calls_that_take_some_pushes_are_none_in_a_row(
    redis: Redis, clock: SetClock
) -> None:
    """A vendor with a few server errors is at work; one that is gone takes nothing of the next calls."""
    gate, _ = gates(redis, clock, PushRate(0))
    for _ in range(20):
        assert await gate.record_failure(SHOP, DOWN, some_taken=True) == timedelta(0)
    assert await granted(gate, 5) == 5
    for _ in range(3):
        assert await gate.record_failure(SHOP, DOWN) == timedelta(0)
    assert await gate.record_failure(SHOP, DOWN) == timedelta(seconds=5)


async def test_the_one_who_tries_may_have_a_failure_among_pushes_that_are_taken(
    redis: Redis, clock: SetClock
) -> None:
    gate, _ = gates(redis, clock, PushRate(0))
    for _ in range(5):
        await gate.record_failure(SHOP, DOWN)
    clock.advance(5)
    assert await granted(gate) == 16
    await gate.record_failure(SHOP, DOWN, some_taken=True)
    assert await granted(gate, 5000) == 5000


@pytest.mark.parametrize("back", [10, 100_000])
async def test_a_clock_that_is_set_back_stops_nothing_for_good(
    redis: Redis, clock: SetClock, back: int
) -> None:
    gate, _ = gates(redis, clock, PushRate(100))
    assert await granted(gate, 50) == 50
    clock.advance(-back)
    assert await granted(gate, 40) == 40
    clock.advance(1)
    assert await granted(gate) > 0


async def test_apps_and_vendors_have_gates_of_their_own(redis: Redis, clock: SetClock) -> None:
    gate, _ = gates(redis, clock, PushRate(0))
    for _ in range(5):
        await gate.record_failure(SHOP, DOWN)
    assert (await gate.acquire(Route("shop", "apns"), 5)).granted == 5
    assert (await gate.acquire(Route("news", "fcm"), 5)).granted == 5


async def test_a_clock_that_is_set_back_by_hours_does_not_keep_a_vendor_closed(
    redis: Redis, clock: SetClock
) -> None:
    gate, _ = gates(redis, clock, PushRate(100))
    clock.advance(3600)
    for _ in range(5):
        await gate.record_failure(SHOP, DOWN)
    assert await granted(gate) == 0
    clock.advance(-30)
    assert await granted(gate) == 0, "clocks of two workers may differ by so much"
    clock.advance(-3570)
    assert await granted(gate) > 0


def voip() -> Route:
    return Route("shop", "apns", {RefusalScope.TOPIC: "com.example.voip"})


def alert() -> Route:
    return Route("shop", "apns", {RefusalScope.TOPIC: "com.example"})


async def test_a_refused_topic_pauses_that_topic_alone(redis: Redis, clock: SetClock) -> None:
    one, other = gates(redis, clock, PushRate(0))
    for _ in range(8):
        await one.record_failure(
            voip(), VendorAuthError("TopicDisallowed", "not this topic", scope=RefusalScope.TOPIC)
        )
    entry = await other.acquire(voip(), 100)
    assert (entry.granted, entry.wait) == (0, timedelta(seconds=5))
    assert entry.held_by == voip().part(RefusalScope.TOPIC)
    assert (await other.acquire(alert(), 100)).granted == 100
    assert (await other.acquire(Route("news", "apns", voip().scopes), 100)).granted == 100


async def test_what_is_said_of_the_app_pauses_every_topic(redis: Redis, clock: SetClock) -> None:
    gate, _ = gates(redis, clock, PushRate(0))
    for route in (voip(), alert(), voip(), alert(), voip()):
        await gate.record_failure(route, DOWN)
    assert (await gate.acquire(alert(), 100)).granted == 0
    assert (await gate.acquire(voip(), 100)).granted == 0


async def test_whoever_refuses_a_topic_is_there_so_the_rest_is_open(redis: Redis, clock: SetClock) -> None:
    gate, _ = gates(redis, clock, PushRate(0))
    for _ in range(4):
        await gate.record_failure(alert(), DOWN)
    await gate.record_failure(voip(), VendorAuthError("BadTopic", "no topic", scope=RefusalScope.TOPIC))
    assert await gate.record_failure(alert(), DOWN) == timedelta(0), "it counts from one again"


async def test_what_is_said_of_the_app_at_one_host_pauses_that_host(redis: Redis, clock: SetClock) -> None:
    gate, _ = gates(redis, clock, PushRate(0))

    def at(host: str, kind: str = "IM") -> Route:
        return Route("shop", "oppo", {RefusalScope.HOST: host, RefusalScope.CLASS: kind})

    for _ in range(5):
        await gate.record_failure(at("overseas"), DOWN)
    assert (await gate.acquire(at("overseas"), 1)).granted == 0
    assert (await gate.acquire(at("china"), 1)).granted == 1
    quota = VendorThrottled("33", "the day's quota", 3600, RefusalScope.CLASS)
    await gate.record_failure(at("china"), quota)
    assert (await gate.acquire(at("china"), 1)).granted == 0
    assert (await gate.acquire(at("china", "NEWS"), 1)).granted == 1
    clock.advance(10)
    assert (await gate.acquire(at("overseas"), 1)).granted == 1, "a class of one host is none of the other's"


async def test_a_days_quota_of_a_class_slows_nothing_else(redis: Redis, clock: SetClock) -> None:
    gate, _ = gates(redis, clock, PushRate(100))
    public = Route("shop", "fcm", {RefusalScope.CLASS: "public"})
    private = Route("shop", "fcm", {RefusalScope.CLASS: "private"})
    await gate.record_failure(public, VendorThrottled("110019", "used up", 7200, RefusalScope.CLASS))
    assert (await gate.acquire(public, 10)).wait == timedelta(hours=2)
    assert (await gate.acquire(private, 1000, urgent=True)).granted == 100


async def test_what_waits_for_a_paused_part_takes_no_turn_of_what_waits_for_permits(
    redis: Redis, clock: SetClock
) -> None:
    gate, _ = gates(redis, clock, PushRate(100))
    public = Route("shop", "fcm", {RefusalScope.CLASS: "public"})
    await gate.record_failure(public, VendorThrottled("110019", "used up", 60, RefusalScope.CLASS))
    held_by = (await gate.acquire(public, 10)).held_by
    assert await gate.reserve(public, held_by, 6000) == timedelta(seconds=60)
    assert await gate.reserve(public, held_by, 6000) == timedelta(seconds=120), (
        "they come back one after the other"
    )
    assert await gate.reserve(SHOP, SHOP.part(RefusalScope.APP), 200) == timedelta(0)


async def test_who_waits_while_one_tries_comes_back_soon_after(redis: Redis, clock: SetClock) -> None:
    one, other = gates(redis, clock, PushRate(0))
    for _ in range(5):
        await one.record_failure(SHOP, DOWN)
    clock.advance(5)
    assert await granted(one, 100) == 16
    waits = []
    for _ in range(4):
        waits.append((await other.acquire(SHOP, 100)).wait)
        clock.advance(waits[-1].total_seconds())
    assert waits == [timedelta(seconds=1), timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=4)]
    await one.record_success(SHOP)
    assert await granted(other) == 10_000


async def test_every_change_of_a_breaker_is_reported_once(redis: Redis, clock: SetClock) -> None:
    told: list[BreakerChange] = []
    gate = RateLimiter(redis, clock, unlimited, told.append)
    topic, refused = (
        voip().part(RefusalScope.TOPIC),
        VendorAuthError("TopicDisallowed", "not this topic", scope=RefusalScope.TOPIC),
    )
    start = clock.now()
    for _ in range(7):
        await gate.record_failure(voip(), refused)
    await gate.record_success(alert())
    assert told == [
        BreakerChange(topic, BreakerState.FAILING, "TopicDisallowed", "not this topic"),
        BreakerChange(
            topic, BreakerState.OPEN, "TopicDisallowed", "not this topic", start + timedelta(seconds=5)
        ),
    ]
    del told[0]
    troubles = Troubles(redis)
    assert await troubles.read([("shop", "apns"), ("shop", "fcm")]) == [
        Trouble(
            app="shop",
            vendor="apns",
            scope=f"topic {topic.name}",
            kind=SystemProblemCode.VENDOR_REFUSES,
            cause="TopicDisallowed (not this topic)",
            since=start,
            until=start + timedelta(seconds=5),
        )
    ]
    clock.advance(6)
    for _ in range(3):
        await gate.acquire(voip(), 10)
    assert told[1:] == [BreakerChange(topic, BreakerState.HALF_OPEN)]
    await gate.record_failure(voip(), refused)
    assert [(change.state, change.until) for change in told[2:]] == [
        (BreakerState.OPEN, clock.now() + timedelta(seconds=10))
    ]
    clock.advance(11)
    await gate.acquire(voip(), 10)
    for _ in range(2):
        await gate.record_success(voip())
    assert [change.state for change in told[3:]] == [BreakerState.HALF_OPEN, BreakerState.CLOSED]
    assert await troubles.read([("shop", "apns")]) == []


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (VendorAuthError("403", "bad key"), SystemProblemCode.VENDOR_REFUSES),
        (VendorUnavailable("503", "down"), SystemProblemCode.VENDOR_UNAVAILABLE),
        (VendorThrottled("429", "less", 60), SystemProblemCode.VENDOR_THROTTLES),
        (None, SystemProblemCode.VENDOR_UNANSWERED),
    ],
)
async def test_the_first_failure_is_told_and_the_first_success_ends_it(
    redis: Redis, clock: SetClock, error: VendorError | None, kind: SystemProblemCode
) -> None:
    told: list[BreakerChange] = []
    gate, troubles = RateLimiter(redis, clock, unlimited, told.append), Troubles(redis)
    for _ in range(3):
        await gate.record_failure(SHOP, error)
    (trouble,) = await troubles.read([("shop", "fcm")])
    assert (trouble.kind, trouble.since, trouble.scope) == (kind, clock.now(), "")
    assert len(told) == 1, "a change of state is told once"
    clock.advance(61)
    await gate.record_success(SHOP)
    assert await troubles.read([("shop", "fcm")]) == []
    assert told[1].state is BreakerState.CLOSED


@pytest.mark.parametrize(("asked", "reported"), [(2, []), (60, [BreakerState.OPEN, BreakerState.CLOSED])])
async def test_a_pause_that_a_vendor_asks_for_is_reported_where_it_is_long(
    redis: Redis, clock: SetClock, asked: float, reported: list[BreakerState]
) -> None:
    told: list[BreakerChange] = []
    gate = RateLimiter(redis, clock, unlimited, told.append)
    for _ in range(3):
        await gate.record_failure(SHOP, VendorThrottled("429", "less", asked))
    await gate.record_success(SHOP)
    assert [change.state for change in told] == reported[:1], "it is not over yet"
    clock.advance(asked)
    assert (await gate.acquire(SHOP, 5)).granted == 5
    await gate.record_success(SHOP)
    assert [change.state for change in told] == reported


async def test_a_vendor_that_asks_for_less_all_the_time_is_reported(redis: Redis, clock: SetClock) -> None:
    told: list[BreakerChange] = []
    gate, less = RateLimiter(redis, clock, unlimited, told.append), VendorThrottled("429", "less")
    for _ in range(4):
        await gate.record_failure(SHOP, less)
        clock.advance(3)
        await gate.record_success(SHOP)
    assert told == [], "it takes pushes between"
    for _ in range(6):
        await gate.record_failure(SHOP, less)
        clock.advance(3)
    assert told == [BreakerChange(SHOP.part(RefusalScope.APP), BreakerState.FAILING, "429", "less")]
    await gate.record_success(SHOP)
    assert [change.state for change in told[1:]] == [BreakerState.CLOSED]


async def test_a_vendor_that_asks_for_less_and_takes_some_is_at_work(redis: Redis, clock: SetClock) -> None:
    changes: list[BreakerChange] = []
    gate = RateLimiter(redis, clock, unlimited, changes.append)
    for _ in range(30):
        await gate.record_failure(SHOP, VendorThrottled("slow", "slower", 1.0), some_taken=True)
        clock.advance(1)
    assert changes == []


async def test_a_clock_that_was_ahead_does_not_hide_a_vendor_that_throttles(
    redis: Redis, clock: SetClock
) -> None:
    changes: list[BreakerChange] = []
    gate = RateLimiter(redis, clock, unlimited, changes.append)
    clock.advance(30)
    await gate.record_failure(SHOP, VendorThrottled("slow", "slower", 1.0))
    clock.advance(-30)
    for _ in range(12):
        await gate.record_failure(SHOP, VendorThrottled("slow", "slower", 1.0))
        clock.advance(1)
    assert [change.state for change in changes] == [BreakerState.FAILING]


async def test_the_number_of_paused_parts_is_bounded(redis: Redis, clock: SetClock) -> None:
    """What callers name must not fill the memory, however long it is."""
    gate, _ = gates(redis, clock, PushRate(0))
    for number in range(200):
        clock.advance(1)
        route = Route("shop", "xiaomi", {RefusalScope.CHANNEL: f"channel {number} " + "x" * 5000})
        await gate.record_failure(route, VendorThrottled("200001", "used up", 3600, RefusalScope.CHANNEL))
    keys = [key async for key in redis.scan_iter("{q}:gate:*")]
    assert len(keys) <= 64 + 2
    assert max(map(len, keys)) < 150
    assert len(await Troubles(redis).read([("shop", "xiaomi")])) == 64
    assert (await gate.acquire(route, 5)).granted == 0, "the latest are known"
    await gate.record_success(Route("shop", "xiaomi", {RefusalScope.CHANNEL: "another"}))
    assert (await gate.acquire(route, 5)).granted == 0
