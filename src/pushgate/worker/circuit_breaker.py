"""Circuit breakers: whether an app's pushes may go to a vendor at all. Shared by all workers
through Redis.

After five consecutive failures a breaker opens: nothing is sent for 5 s, doubling to 5 min; then a
few pushes test whether the vendor is back. Each scope of a refusal has a breaker of its own: a
refused topic pauses that topic, and an accepted push keeps the rest closed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import cast

from redis.asyncio import Redis

from pushgate.adapters.code_meanings import is_day_quota
from pushgate.domain.clock import Clock, from_ms
from pushgate.domain.errors import (
    VendorAuthError,
    VendorError,
    VendorQuotaUsedUp,
    VendorThrottled,
    VendorUnavailable,
)
from pushgate.domain.outcome import FailureCode, RefusalScope
from pushgate.eventlog.notices import Notices
from pushgate.fleet.problem_codes import SystemProblemCode
from pushgate.fleet.vendor_health import rate_limiter_key
from pushgate.redis.client import reaching
from pushgate.runtime import logs
from pushgate.runtime.lru_cache import LRUCache
from pushgate.worker.rate_limiter_scripts import RateLimiterScripts
from pushgate.worker.route import BreakerScope, Route

_MAX_STORED_NAME = 200
_OPEN_BREAKER_FIELDS = ["since", "until", "code", "reason"]
_log = logs.get("worker")


class BreakerState(StrEnum):
    """Whether pushes may be sent."""

    FAILING = "failing"
    """Calls fail, but not often enough to open the breaker."""
    OPEN = "open"
    """Nothing is sent."""
    HALF_OPEN = "half_open"
    """A few pushes test whether the vendor accepts them again."""
    CLOSED = "closed"
    """Calls go through."""


class ScopeStatus(IntEnum):
    """What a script says about a scope. The values are those of `rate_limiter.lua`."""

    CLEAR = 0
    DISTURBED = 1
    HALF_OPENED = 2
    CLOSED = 3
    OPENED = 4
    FAILING = 5


@dataclass(frozen=True, slots=True)
class BreakerChange:
    """A breaker's new state; why it opened, and until when it is open."""

    scope: BreakerScope
    state: BreakerState
    code: str = ""
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBreaker:
    """A breaker that is not closed: since when, until when nothing is sent, and why.

    A half-open one has a past `until`.
    """

    scope: BreakerScope
    since: datetime
    until: datetime
    code: str
    reason: str

    @property
    def error(self) -> VendorError:
        """What stopped the pushes."""
        if is_day_quota(self.scope.vendor, self.code):
            return VendorQuotaUsedUp(self.code, self.reason)
        return VendorUnavailable(self.code, self.reason)


def log_change(change: BreakerChange) -> None:
    """Log a change: as a warning where it stops pushes, as information where pushes go on."""
    level = _log.warning if change.state in (BreakerState.FAILING, BreakerState.OPEN) else _log.info
    level(
        f"circuit breaker {change.state.value.replace('_', '-')}",
        action=f"breaker_{change.state.value}",
        app=change.scope.app,
        vendor=change.scope.vendor,
        scope=change.scope.refusal_scope.value,
        name=change.scope.name,
        code=change.code,
        reason=change.reason,
        until=change.until.isoformat() if change.until else None,
    )


class CircuitBreaker:
    """The breakers of all routes. All calls raise EngineUnavailable."""

    def __init__(
        self, redis: Redis, clock: Clock, report: Callable[[BreakerChange], None] = log_change
    ) -> None:
        """`report` is called with every change of a breaker that this process makes. If a breaker
        opens for everything that an app sends to a vendor, readers of events get an event.
        """
        self._redis = redis
        self._clock = clock
        self._scripts = RateLimiterScripts(redis, clock)
        self._report = report
        self._notices = Notices(redis)
        self._disturbed: LRUCache[BreakerScope, bool] = LRUCache(4096)

    def observe_acquired(self, scopes: Sequence[BreakerScope], statuses: Sequence[int]) -> None:
        """Note the statuses that the rate limiter got together with its permits."""
        for scope, status in zip(scopes, statuses, strict=True):
            if status != ScopeStatus.CLEAR:
                self._disturbed.put(scope, True)
            if status == ScopeStatus.HALF_OPENED:
                self._report(BreakerChange(scope, BreakerState.HALF_OPEN))

    async def record_success(self, route: Route) -> None:
        """A call succeeded. Costs nothing unless a call failed before."""
        scopes = route.breaker_scopes
        if any(self._disturbed.get(scope) for scope in scopes):
            self._observe_recorded(scopes, await self._scripts.run("record_success", scopes))

    async def record_failure(
        self, route: Route, error: VendorError | None, *, some_accepted: bool = False
    ) -> timedelta:
        """A call failed, or got no answer at all (None); returns for how long nothing is sent now.

        A vendor that accepted some pushes of the call works: earlier failures no longer count.
        """
        scope = route.breaker_scope(error.scope if error else RefusalScope.APP)
        scopes = [route.app_scope]
        if scope != route.app_scope:
            scopes.append(scope)
        code, reason = (
            (error.code, error.reason) if error else (FailureCode.NO_ANSWER, "the vendor does not answer")
        )
        wait_ms, *statuses = await self._scripts.run(
            "record_failure",
            scopes,
            int(isinstance(error, VendorThrottled)),
            int((error.retry_after or 0.0) * 1000) if error else 0,
            code,
            reason,
            scope.refusal_scope.value,
            scope.name[:_MAX_STORED_NAME],
            _problem_code(error).value,
            int(some_accepted),
        )
        wait = timedelta(milliseconds=wait_ms)
        until = self._clock.now() + wait if wait else None
        opened = BreakerChange(scope, BreakerState.OPEN, code=code, reason=reason, until=until)
        self._observe_recorded(scopes, statuses, opened)
        if scope == route.app_scope and statuses[0] == ScopeStatus.OPENED:
            await self._notices.outage_began(route.app, route.vendor, self._clock.now(), code, reason)
        return wait

    async def find_open(self, scope: BreakerScope) -> OpenBreaker | None:
        """The breaker that stops pushes of this scope, None if no breaker does."""
        if not self._disturbed.get(scope):
            return None
        async with reaching():
            row = cast(
                "list[bytes | None]",
                await self._redis.hmget(rate_limiter_key(scope.key), _OPEN_BREAKER_FIELDS),
            )
        if row[0] is None:
            return None
        since, until, code, reason = ((value or b"0").decode() for value in row)
        return OpenBreaker(
            scope=scope,
            since=from_ms(int(float(since))),
            until=from_ms(int(float(until))),
            code=code,
            reason=reason,
        )

    def _observe_recorded(
        self, scopes: Sequence[BreakerScope], statuses: Sequence[int], opened: BreakerChange | None = None
    ) -> None:
        for scope, status in zip(scopes, statuses, strict=True):
            self._disturbed.put(scope, status not in (ScopeStatus.CLEAR, ScopeStatus.CLOSED))
            if status == ScopeStatus.CLOSED:
                self._report(BreakerChange(scope, BreakerState.CLOSED))
            if status == ScopeStatus.OPENED and opened:
                self._report(opened)
            if status == ScopeStatus.FAILING and opened:
                self._report(replace(opened, state=BreakerState.FAILING))


def _problem_code(error: VendorError | None) -> SystemProblemCode:
    match error:
        case None:
            return SystemProblemCode.VENDOR_UNANSWERED
        case VendorThrottled():
            return SystemProblemCode.VENDOR_THROTTLES
        case VendorAuthError():
            return SystemProblemCode.VENDOR_REFUSES
        case _:
            return SystemProblemCode.VENDOR_UNAVAILABLE
