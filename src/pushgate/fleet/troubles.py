"""Which vendors keep pushes waiting, and why: written by the workers' gates, read by the API."""

from collections.abc import Mapping, Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.clock import from_ms
from pushgate.fleet.problems import SystemProblemCode, Trouble
from pushgate.redis import QUEUE, reaching

TROUBLES = f"{QUEUE}:troubles"
"""A hash: `<app>|<vendor>|<scope>` -> `<kind>|<since ms>|<until ms>|<the vendor's code>`; see `worker/gate.lua`."""


class Troubles:
    """All of them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self) -> Sequence[Trouble]:
        """Every trouble of every app, by app and vendor. Raises EngineUnavailable."""
        async with reaching():
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(TROUBLES))
        return sorted(
            (_parse(key.decode(), value.decode()) for key, value in raw.items()),
            key=lambda one: (one.app, one.vendor, one.scope),
        )


def _parse(key: str, value: str) -> Trouble:
    app, vendor, scope = key.split("|", 2)
    kind, since, until, cause = value.split("|", 3)
    return Trouble(
        app,
        vendor,
        scope,
        SystemProblemCode(kind),
        cause,
        from_ms(int(since)),
        from_ms(int(until)) if int(until) else None,
    )
