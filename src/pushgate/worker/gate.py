"""How fast an app's pushes may go to a vendor, and whether they may at all: rate limit and circuit breaker.

Shared by all workers through Redis, one small script a slice of a block. Permits are taken in slices, so that a worker
that dies loses few. A vendor that asks for less (429) halves the rate, which grows back within a minute; after five
failed calls in a row nothing is sent for a while, then a few pushes try whether the vendor is back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.clock import Clock, to_ms
from pushgate.errors import VendorError, VendorThrottled
from pushgate.redis import QUEUE, script

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """Pushes a second, 0 for any number; and how long the way up to it takes after a rest."""

    per_second: float
    ramp: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """How many pushes may be sent now; when none, how long to wait before asking again."""

    granted: int
    wait: timedelta


class Gate:
    """The gates of all (app, vendor). All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock, rates: Mapping[tuple[str, str], Rate]) -> None:
        self._redis = redis
        self._clock = clock
        self._rates = rates
        self._troubled: set[tuple[str, str]] = set()

    async def enter(self, app: str, vendor: str, wanted: int, *, urgent: bool = False) -> Entry:
        """Ask to send so many pushes. A tenth of the permits is kept for urgent ones."""
        rate = self._rate(app, vendor)
        granted, wait, failures = await self._run(
            app, vendor, "enter", wanted, rate.per_second, rate.ramp // _MS, int(urgent)
        )
        if failures:
            self._troubled.add((app, vendor))
        return Entry(granted, wait * _MS)

    async def book(self, app: str, vendor: str, pushes: int) -> timedelta:
        """So many have to wait: returns until when, so that all who wait come back one after the other."""
        (wait,) = await self._run(app, vendor, "book", pushes, self._rate(app, vendor).per_second)
        return wait * _MS

    async def works(self, app: str, vendor: str) -> None:
        """A call went through. Costs nothing unless one failed before."""
        if (app, vendor) in self._troubled:
            await self._run(app, vendor, "works")
            self._troubled.discard((app, vendor))

    async def failed(self, app: str, vendor: str, error: VendorError | None) -> timedelta:
        """A call failed as a whole, or was not answered at all (None); returns for how long nothing is sent now."""
        self._troubled.add((app, vendor))
        asked = int((error.retry_after or 0.0) * 1000) if error else 0
        (wait,) = await self._run(
            app, vendor, "slower" if isinstance(error, VendorThrottled) else "failed", asked
        )
        return wait * _MS

    def _rate(self, app: str, vendor: str) -> Rate:
        return self._rates.get((app, vendor), Rate(0))

    async def _run(self, app: str, vendor: str, what: str, *more: float) -> list[int]:
        args: list[str | float] = [what, to_ms(self._clock.now()), *more]
        answer = await script("pushgate.worker", "gate")(self._redis, [f"{QUEUE}:gate:{app}:{vendor}"], args)
        return cast("list[int]", answer)
