"""The gate: how fast, and whether at all, an app's pushes go to a vendor. Shared by all workers."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.integration.conftest import SetClock

from pushgate.errors import VendorThrottled, VendorUnavailable
from pushgate.worker.gate import Gate, Rate

DOWN = VendorUnavailable("down", "it is down")


def gates(redis: Redis, clock: SetClock, rate: Rate) -> tuple[Gate, Gate]:
    """Two workers'."""
    rates = {("shop", "fcm"): rate}
    return Gate(redis, clock, rates), Gate(redis, clock, rates)


async def granted(gate: Gate, wanted: int = 10_000, *, urgent: bool = False) -> int:
    return (await gate.enter("shop", "fcm", wanted, urgent=urgent)).granted


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 5000),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 2000), st.booleans()), min_size=1, max_size=30),
)
async def test_never_more_than_the_rate_and_what_a_second_holds(
    redis: Redis, clock: SetClock, rate: int, steps: list[tuple[int, int, bool]]
) -> None:
    await redis.flushdb()
    both, passed, total = gates(redis, clock, Rate(rate)), 0.0, 0
    for pause, wanted, first in steps:
        clock.advance(pause / 1000)
        passed += pause / 1000
        entry = await both[0 if first else 1].enter("shop", "fcm", wanted)
        assert 0 <= entry.granted <= wanted
        assert entry.granted or entry.wait > timedelta(0), "who gets none is told when to ask again"
        total += entry.granted
        assert total <= rate * (passed + 1) + 1


async def test_a_tenth_of_the_permits_is_kept_for_urgent_pushes(redis: Redis, clock: SetClock) -> None:
    gate, _ = gates(redis, clock, Rate(100))
    assert await granted(gate) == 90
    assert await granted(gate) == 0
    assert (await gate.enter("shop", "fcm", 4, urgent=True)).granted == 4
    assert (await gate.enter("shop", "fcm", 10, urgent=True)).granted == 6
    entry = await gate.enter("shop", "fcm", 10)
    assert (entry.granted, entry.wait) == (0, timedelta(milliseconds=110)), "the tenth is filled up first"


async def test_without_a_rate_all_is_granted(redis: Redis, clock: SetClock) -> None:
    assert await granted(gates(redis, clock, Rate(0))[0]) == 10_000


async def test_a_vendor_that_asks_for_less_gets_half_and_the_rate_grows_back(
    redis: Redis, clock: SetClock
) -> None:
    one, other = gates(redis, clock, Rate(1000))
    assert await granted(one, urgent=True) == 1000
    for _ in range(4):  # calls that fail together are one warning
        await one.failed("shop", "fcm", VendorThrottled("429", "less", 7))
    entry = await other.enter("shop", "fcm", 10)
    assert (entry.granted, entry.wait) == (0, timedelta(seconds=7)), "nothing before the time it asked for"
    clock.advance(8)
    assert 500 <= await granted(other, urgent=True) < 700
    for _ in range(70):
        clock.advance(1)
        last = await granted(other, urgent=True)
    assert last == 1000


async def test_the_way_up_after_a_rest_takes_its_time(redis: Redis, clock: SetClock) -> None:
    gate, _ = gates(redis, clock, Rate(1000, timedelta(seconds=60)))
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
    gate, other = gates(redis, clock, Rate(100))
    waits = [await worker.book("shop", "fcm", 200) for worker in (gate, other, gate)]
    assert waits == [timedelta(0), timedelta(seconds=2), timedelta(seconds=4)]


async def test_after_five_failures_in_a_row_one_tries_whether_it_works(redis: Redis, clock: SetClock) -> None:
    one, other = gates(redis, clock, Rate(0))
    for _ in range(4):
        assert await one.failed("shop", "fcm", DOWN) == timedelta(0)
    assert await granted(other) == 10_000
    assert await other.failed("shop", "fcm", None) == timedelta(seconds=5)
    assert await granted(one) == 0
    clock.advance(6)
    assert await granted(one, 100) == 16, "one tries, with few"
    assert await granted(other) == 0
    assert await one.failed("shop", "fcm", DOWN) == timedelta(seconds=10), "the next pause is twice as long"
    clock.advance(11)
    assert await granted(other, 100) == 16
    await other.works("shop", "fcm")
    assert await granted(one) == 10_000
    assert await one.failed("shop", "fcm", DOWN) == timedelta(0), "it counts from one again"


async def test_a_success_between_failures_begins_the_count_again(redis: Redis, clock: SetClock) -> None:
    one, _ = gates(redis, clock, Rate(0))
    for _ in range(10):
        for _ in range(4):
            await one.failed("shop", "fcm", DOWN)
        await one.works("shop", "fcm")
    assert await granted(one) == 10_000


@pytest.mark.parametrize("back", [10, 100_000])
async def test_a_clock_that_is_set_back_stops_nothing_for_good(
    redis: Redis, clock: SetClock, back: int
) -> None:
    gate, _ = gates(redis, clock, Rate(100))
    assert await granted(gate, 50) == 50
    clock.advance(-back)
    assert await granted(gate, 40) == 40
    clock.advance(1)
    assert await granted(gate) > 0


async def test_apps_and_vendors_have_gates_of_their_own(redis: Redis, clock: SetClock) -> None:
    gate, _ = gates(redis, clock, Rate(0))
    for _ in range(5):
        await gate.failed("shop", "fcm", DOWN)
    assert (await gate.enter("shop", "apns", 5)).granted == 5
    assert (await gate.enter("news", "fcm", 5)).granted == 5


async def test_a_clock_that_is_set_back_by_hours_does_not_keep_a_vendor_closed(
    redis: Redis, clock: SetClock
) -> None:
    gate, _ = gates(redis, clock, Rate(100))
    clock.advance(3600)
    for _ in range(5):
        await gate.failed("shop", "fcm", DOWN)
    assert await granted(gate) == 0
    clock.advance(-30)
    assert await granted(gate) == 0, "clocks of two workers may differ by so much"
    clock.advance(-3570)
    assert await granted(gate) > 0
