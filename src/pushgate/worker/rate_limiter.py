"""How fast an app's pushes may go to a vendor.

Workers share the limits through Redis: one script call for each chunk of pushes.

Permits are taken in chunks, so that a worker that dies loses few. A vendor that asks for less (429)
halves the rate, which grows back within a minute.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from pushgate.domain.app import PushRate
from pushgate.domain.clock import Clock
from pushgate.worker.circuit_breaker import CircuitBreaker
from pushgate.worker.rate_limiter_scripts import RateLimiterScripts
from pushgate.worker.route import BreakerScope, Route

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Permits:
    """How many pushes may be sent now. If none, how long to wait before asking again, and which
    scope limits them.

    `breaker_open` is true where a circuit breaker makes them wait, and not the rate.
    """

    granted: int
    wait: timedelta
    limited_by: BreakerScope
    breaker_open: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue of pushes that wait: when its first push is due, and how long each push
    after it takes.
    """

    wait: timedelta
    interval: timedelta


class RateLimiter:
    """The rate limits of all routes. All calls raise EngineUnavailable."""

    def __init__(
        self, redis: Redis, clock: Clock, push_rate: Callable[[str, str], PushRate], breaker: CircuitBreaker
    ) -> None:
        """`push_rate` gives the rate of an app and a vendor."""
        self._scripts = RateLimiterScripts(redis, clock)
        self._push_rate = push_rate
        self._breaker = breaker

    async def acquire(self, route: Route, wanted: int, *, urgent: bool = False) -> Permits:
        """Ask for permits for the `wanted` pushes.

        A tenth of the permits is reserved for urgent pushes.
        """
        rate, scopes = self._push_rate(route.app, route.vendor), route.breaker_scopes
        granted, wait, blocking, *statuses = await self._scripts.run(
            "acquire", scopes, wanted, rate.per_second, rate.ramp // _MS, int(urgent)
        )
        self._breaker.observe_acquired(scopes, statuses)
        return Permits(granted, wait * _MS, scopes[max(blocking, 1) - 1], blocking > 0)

    async def reserve(self, route: Route, limited_by: BreakerScope, pushes: int) -> Place:
        """Reserve a place in the queue of a scope for this number of pushes.

        Pushes that wait for a breaker to close have a queue apart from pushes that wait for
        permits.
        """
        rate = self._push_rate(route.app, route.vendor)
        wait, length = await self._scripts.run("reserve", [limited_by], pushes, rate.per_second)
        return Place(wait * _MS, length * _MS / pushes)
