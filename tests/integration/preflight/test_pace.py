"""Sending takes as long as a plan says: pushes go as fast as the real rate limiter lets them."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.rate_limits import SHOP, WorkerLimits

from pushgate.domain.app import PushRate
from pushgate.preflight.pace import Sending
from pushgate.preflight.plan import Pace, RateSource

CHUNK = 1024


@pytest.mark.parametrize("urgent", [False, True])
@pytest.mark.parametrize(
    ("rate", "ramp", "pushes"),
    [(100, 0, 50), (100, 0, 3000), (5000, 0, 40_000), (500, 60, 5000), (500, 60, 40_000), (200, 300, 20_000)],
)
async def test_pushes_take_the_time_that_the_plan_says(
    redis: Redis, clock: SetClock, rate: int, ramp: int, pushes: int, urgent: bool
) -> None:
    push_rate = PushRate(rate, timedelta(seconds=ramp))
    worker, begun, left = WorkerLimits(redis, clock, push_rate), clock.now(), pushes
    while True:
        permits = await worker.acquire(SHOP, min(left, CHUNK), urgent=urgent)
        left -= permits.granted
        if not left:
            break
        clock.advance(max(permits.wait.total_seconds(), 0.2))
    taken = (clock.now() - begun).total_seconds()
    planned = Sending(Pace(rate, RateSource.SETTINGS), push_rate.ramp, urgent=urgent).seconds(pushes)
    assert planned == pytest.approx(taken, rel=0.02, abs=1)
