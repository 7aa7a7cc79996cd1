"""The rate limit of a key, over several API processes that share a Redis."""

import asyncio

import pytest
from redis.asyncio import Redis
from tests.support.clock import Elapsed, SetClock

from pushgate.apps.api_key import ApiKey
from pushgate.apps.key_rates import KeyRates
from pushgate.domain.app import Scope
from pushgate.domain.errors import RateLimited
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings


def key(rate: int | None, key_id: str = "0123456789ab") -> ApiKey:
    at = SetClock().now()
    return ApiKey(
        id=key_id, app="shop", scopes=(Scope.PUSH,), name="", created_at=at, digest="", rate_limit=rate
    )


def taken(rates: KeyRates, one: ApiKey, count: int) -> int:
    """How many of so many requests are taken."""
    refused = 0
    for _ in range(count):
        try:
            rates.take(one)
        except RateLimited:
            refused += 1
    return count - refused


async def test_a_key_without_a_limit_costs_nothing(redis: Redis) -> None:
    rates = KeyRates(redis)
    assert taken(rates, key(None), 1000) == 1000


async def test_a_seconds_requests_may_come_at_once_and_then_the_rate(redis: Redis) -> None:
    elapsed = Elapsed()
    rates = KeyRates(redis, monotonic=elapsed)
    assert taken(rates, key(10), 100) == 10
    elapsed.advance(0.5)
    assert taken(rates, key(10), 100) == 5
    await rates.close()


async def test_the_error_tells_when_to_come_again(redis: Redis) -> None:
    elapsed = Elapsed()
    rates = KeyRates(redis, monotonic=elapsed)
    rates.take(key(2))
    rates.charge(key(2), 9)
    with pytest.raises(RateLimited) as refused:
        rates.take(key(2))
    assert refused.value.seconds == 5  # 10 requests at 2 a second, of which 1 s may be ahead
    elapsed.advance(4.5)
    rates.take(key(2))
    await rates.close()


async def test_processes_share_the_rate_over_time(redis: Redis) -> None:
    """Three processes are asked far beyond the rate for 30 s of the test's time."""
    limited, rate, seconds = key(20), 20, 3.0
    processes = [KeyRates(redis) for _ in range(3)]
    loop = asyncio.get_running_loop()
    began, count = loop.time(), 0
    while loop.time() - began < seconds:
        count += sum(taken(process, limited, 5) for process in processes)
        await asyncio.sleep(0.02)
    for process in processes:
        await process.close()
    bursts = len(processes) * rate  # before each has learnt of the others
    assert rate * seconds * 0.8 <= count <= rate * seconds + bursts + rate


async def test_a_process_learns_of_what_others_served(redis: Redis) -> None:
    here, elsewhere = KeyRates(redis), KeyRates(redis)
    limited = key(10)
    taken(here, limited, 10)
    here.charge(limited, 100)
    await here.settle()
    taken(elsewhere, limited, 1)
    await elsewhere.settle()
    assert taken(elsewhere, limited, 1) == 0
    for one in (here, elsewhere):
        await one.close()


async def test_without_redis_each_process_keeps_the_rate_alone() -> None:
    unreachable = connect(RedisSettings(url="redis://127.0.0.1:1/0"))
    elapsed = Elapsed()
    rates = KeyRates(unreachable, monotonic=elapsed)
    assert taken(rates, key(10), 100) == 10
    await asyncio.sleep(0.01)
    elapsed.advance(1)
    assert taken(rates, key(10), 100) == 10
    await rates.close()
    await unreachable.aclose()


async def test_redis_forgets_a_key_that_owes_nothing(redis: Redis) -> None:
    rates = KeyRates(redis)
    rates.take(key(1000))
    await rates.settle()
    await asyncio.sleep(0.05)
    assert await redis.keys("*key-rate*") == []
    await rates.close()
