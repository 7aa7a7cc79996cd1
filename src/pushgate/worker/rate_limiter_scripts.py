"""Runs the scripts of rate limiter and circuit breakers.

`rate_limiter.lua` describes the keys that they share.
"""

from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import Clock, to_ms
from pushgate.fleet.vendor_health import rate_limiter_key
from pushgate.redis.scripts import script
from pushgate.worker.route import BreakerScope


class RateLimiterScripts:
    """Each script reads and writes the hashes of some breaker scopes."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def run(self, name: str, scopes: Sequence[BreakerScope], *args: float | str) -> list[int]:
        """Run `<name>.lua`. Raises EngineUnavailable."""
        keys = [rate_limiter_key(scope.key) for scope in scopes]
        now = to_ms(self._clock.now())
        return cast("list[int]", await script("pushgate.worker", name)(self._redis, keys, [now, *args]))
