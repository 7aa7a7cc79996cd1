"""Reads which vendors keep pushes waiting, and why, from the workers' circuit breakers and rate
limiters.

The scripts of `worker/` write the hashes and describe their fields.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import RefusalScope
from pushgate.fleet.problem_codes import SystemProblemCode
from pushgate.fleet.problems import VendorFailure
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import script

Route = tuple[str, str]
"""An app and a vendor."""
_FIELDS = ("since", "until", "kind", "code", "reason", "scope", "name")


def rate_limiter_key(scope: str) -> str:
    """The key of a scope's rate limiter and circuit breaker.

    `scope` is `<app>:<vendor>` for everything that the app sends to the vendor, and longer for a
    part of it.
    """
    return f"{QUEUE}:gate:{scope}"


class VendorHealth:
    """Reads the state of rate limiters and circuit breakers, and closes breakers on request. All
    calls raise EngineUnavailable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def failures(self, routes: Iterable[Route]) -> Sequence[VendorFailure]:
        """Every failure for which pushes of these routes wait."""
        keys = [(route, rate_limiter_key(":".join(route))) for route in routes]
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for _, key in keys:
                pipe.zrange(f"{key}:parts", 0, -1)
            parts = cast("list[list[bytes]]", await pipe.execute())
            scopes = [
                (route, name)
                for (route, key), names in zip(keys, parts, strict=True)
                for name in (key, *(part.decode() for part in names))
            ]
            for _, key in scopes:
                pipe.hmget(key, _FIELDS)
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        return [_parse(route, row) for (route, _), row in zip(scopes, rows, strict=True) if row[0]]

    async def reset(self, app: str, vendor: str) -> Sequence[VendorFailure]:
        """Close all circuit breakers of an app at a vendor; returns the failures that they had."""
        key = rate_limiter_key(f"{app}:{vendor}")
        failures = await self.failures([(app, vendor)])
        async with reaching(Changes.NOTHING):
            parts = cast("list[bytes]", await self._redis.zrange(f"{key}:parts", 0, -1))
        keys = [key, f"{key}:parts", *(part.decode() for part in parts)]
        await script("pushgate.fleet", "reset_breakers")(self._redis, keys, [])
        return failures

    async def rate_limited_until(self, routes: Iterable[Route]) -> Mapping[Route, datetime]:
        """When the last waiting push is due by the rate limit, for routes where pushes wait or have
        waited.
        """
        asked = list(routes)
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for route in asked:
                pipe.hget(rate_limiter_key(":".join(route)), "booked")
            ends = cast("list[bytes | None]", await pipe.execute())
        return {route: from_ms(int(float(end))) for route, end in zip(asked, ends, strict=True) if end}


def _parse(route: Route, row: Sequence[bytes | None]) -> VendorFailure:
    since, until, kind, code, reason, scope, name = ((value or b"").decode() for value in row)
    is_whole = scope in ("", RefusalScope.APP)
    return VendorFailure(
        app=route[0],
        vendor=route[1],
        kind=SystemProblemCode(kind),
        code=code,
        reason=reason,
        since=from_ms(int(float(since))),
        until=from_ms(int(float(until))) if until else None,
        scope_kind="" if is_whole else scope,
        scope_name="" if is_whole else name,
    )
