"""How fast an app's pushes may go to a vendor, and whether they may at all: rate limit and circuit breakers.

Shared by all workers through Redis, one small script a slice of a block. Permits are taken in slices, so that a worker
that dies loses few. A vendor that asks for less (429) halves the rate, which grows back within a minute; after five
failed calls in a row nothing is sent for a while, then a few pushes try whether the vendor is back. What a failure is
about has a breaker of its own: a refused topic pauses that topic, and any push that is taken keeps the rest open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import PushRate
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.errors import VendorAuthError, VendorError, VendorThrottled
from pushgate.domain.outcome import FailureCode, RefusalScope
from pushgate.fleet.problems import SystemProblemCode
from pushgate.fleet.troubles import gate_key
from pushgate.redis.client import reaching
from pushgate.redis.scripts import script
from pushgate.worker.circuit_breaker import BreakerChange, BreakerState, OpenBreaker, log_change
from pushgate.worker.lru_cache import LRUCache
from pushgate.worker.route import Part, Route

_MS = timedelta(milliseconds=1)
_LONGEST = 200
_BREAKER = ["since", "until", "code", "reason"]
_HALF_OPEN, _CLOSED, _DISTURBED, _OPEN, _FAILING = 2, 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Permits:
    """How many pushes may be sent now; when none, how long to wait before asking again, and what makes them wait.

    `paused` tells whether a pause makes them wait, not the rate.
    """

    granted: int
    wait: timedelta
    held_by: Part
    paused: bool


class RateLimiter:
    """The gates of all routes. All calls raise EngineUnavailable."""

    def __init__(
        self,
        redis: Redis,
        clock: Clock,
        push_rate: Callable[[str, str], PushRate],
        report: Callable[[BreakerChange], None] = log_change,
    ) -> None:
        """`push_rate` gives the rate of an app and a vendor; `report` is told every change of a breaker that this
        process makes."""
        self._redis = redis
        self._clock = clock
        self._push_rate = push_rate
        self._report = report
        self._disturbed: LRUCache[Part, bool] = LRUCache(4096)

    async def acquire(self, route: Route, wanted: int, *, urgent: bool = False) -> Permits:
        """Ask to send so many pushes. A tenth of the permits is kept for urgent ones."""
        rate, parts = self._push_rate(route.app, route.vendor), route.parts
        granted, wait, held_by, *states = await self._run(
            parts, "enter", wanted, rate.per_second, rate.ramp // _MS, int(urgent)
        )
        for part, state in zip(parts, states, strict=True):
            if state:
                self._disturbed.put(part, True)
            if state == _HALF_OPEN:
                self._report(BreakerChange(part, BreakerState.HALF_OPEN))
        return Permits(granted, wait * _MS, parts[max(held_by, 1) - 1], held_by > 0)

    async def reserve(self, route: Route, held_by: Part, pushes: int) -> timedelta:
        """So many have to wait: returns until when, so that all who wait come back one after the other.

        What waits for a part to be open again takes no turn of those that wait for permits.
        """
        (wait,) = await self._run(
            [held_by], "book", pushes, self._push_rate(route.app, route.vendor).per_second
        )
        return wait * _MS

    async def record_success(self, route: Route) -> None:
        """A call went through. Costs nothing unless one failed before."""
        parts = route.parts
        if any(self._disturbed.get(part) for part in parts):
            self._note(parts, await self._run(parts, "works"))

    async def record_failure(
        self, route: Route, error: VendorError | None, *, some_taken: bool = False
    ) -> timedelta:
        """A call failed, or was not answered at all (None); returns for how long nothing is sent now.

        A vendor that took some pushes of the call is at work: the failures before it count no more.
        """
        part = route.part(error.scope if error else RefusalScope.APP)
        parts = [Part(route.app, route.vendor), part] if part.scope is not RefusalScope.APP else [part]
        code, reason = (
            (error.code, error.reason) if error else (FailureCode.NO_ANSWER, "the vendor does not answer")
        )
        what = "slower" if isinstance(error, VendorThrottled) else "failed"
        asked = int((error.retry_after or 0.0) * 1000) if error else 0
        wait, *states = await self._run(
            parts,
            what,
            asked,
            code,
            reason,
            part.scope.value,
            part.name[:_LONGEST],
            _kind(error).value,
            int(some_taken),
        )
        until = self._clock.now() + wait * _MS
        self._note(
            parts, states, BreakerChange(part, BreakerState.OPEN, code, reason, until if wait else None)
        )
        return wait * _MS

    async def open_breaker(self, part: Part) -> OpenBreaker | None:
        """The breaker that holds up pushes of this part, None where there is no such thing."""
        if not self._disturbed.get(part):
            return None
        async with reaching():
            row = cast("list[bytes | None]", await self._redis.hmget(gate_key(part.key), _BREAKER))
        if row[0] is None:
            return None
        since, until, code, reason = ((value or b"0").decode() for value in row)
        return OpenBreaker(part, from_ms(int(float(since))), from_ms(int(float(until))), code, reason)

    def _note(
        self, parts: Sequence[Part], states: Sequence[int], failure: BreakerChange | None = None
    ) -> None:
        for part, state in zip(parts, states, strict=True):
            self._disturbed.put(part, state in (_DISTURBED, _OPEN, _FAILING))
            if state == _CLOSED:
                self._report(BreakerChange(part, BreakerState.CLOSED))
            if state == _OPEN and failure:
                self._report(failure)
            if state == _FAILING and failure:
                self._report(replace(failure, state=BreakerState.FAILING))

    async def _run(self, parts: Sequence[Part], what: str, *more: float | str) -> list[int]:
        args: list[str | float] = [what, to_ms(self._clock.now()), *more]
        answer = await script("pushgate.worker", "rate_limiter")(
            self._redis, [gate_key(part.key) for part in parts], args
        )
        return cast("list[int]", answer)


def _kind(error: VendorError | None) -> SystemProblemCode:
    match error:
        case None:
            return SystemProblemCode.VENDOR_UNANSWERED
        case VendorThrottled():
            return SystemProblemCode.VENDOR_THROTTLES
        case VendorAuthError():
            return SystemProblemCode.VENDOR_REFUSES
        case _:
            return SystemProblemCode.VENDOR_UNAVAILABLE
