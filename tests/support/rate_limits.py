"""The rate limiter and the circuit breaker of one worker, over a Redis that workers share."""

from collections.abc import Callable

from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.domain.app import PushRate
from pushgate.worker.circuit_breaker import BreakerChange, CircuitBreaker, log_change
from pushgate.worker.rate_limiter import RateLimiter
from pushgate.worker.route import Route

SHOP = Route("shop", "fcm")


class WorkerLimits:
    """What one worker asks before it sends, and tells afterwards."""

    def __init__(
        self,
        redis: Redis,
        clock: SetClock,
        rate: PushRate | None = None,
        report: Callable[[BreakerChange], None] = log_change,
    ) -> None:
        self.breaker = CircuitBreaker(redis, clock, report)
        self.limiter = RateLimiter(redis, clock, lambda _app, _vendor: rate or PushRate(), self.breaker)
        self.acquire = self.limiter.acquire
        self.reserve = self.limiter.reserve
        self.record_success = self.breaker.record_success
        self.record_failure = self.breaker.record_failure

    async def granted(self, wanted: int = 10_000, *, urgent: bool = False) -> int:
        """The permits for so many pushes of the shop through FCM."""
        return (await self.acquire(SHOP, wanted, urgent=urgent)).granted
