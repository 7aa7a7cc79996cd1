"""The vendors of an app whose deliveries are reported, by the vendor or by the client app.

{q}:reporting:<app>  hash: vendor -> the last day of a reported delivery, days since 1970 in UTC
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

KEPT = timedelta(days=90)
"""For how long a reported delivery shows that deliveries are reported."""
_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)


class DeliveryReports:
    """The reports of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._noted: dict[tuple[str, str], int] = {}

    async def note(self, app: App, vendors: Collection[str]) -> None:
        """Note that deliveries of these vendors were reported. A process writes once a day for
        each.
        """
        today = self._today()
        new = [vendor for vendor in vendors if self._noted.get((app.name, vendor)) != today]
        if not new:
            return
        key = _key(app)
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(key, mapping=dict.fromkeys(new, today))
            pipe.pexpireat(key, to_ms(self._clock.now() + KEPT))
            await pipe.execute()
        self._noted |= {(app.name, vendor): today for vendor in new}

    async def vendors(self, app: App) -> set[str]:
        """The vendors for which a delivery was reported lately."""
        async with reaching(Changes.NOTHING):
            found = cast("Mapping[bytes, bytes]", await self._redis.hgetall(_key(app)))
        first = self._today() - KEPT // timedelta(days=1)
        return {vendor.decode() for vendor, day in found.items() if int(day) >= first}

    def _today(self) -> int:
        return to_ms(self._clock.now()) // _DAY_MS


def _key(app: App) -> str:
    return f"{QUEUE}:reporting:{app.name}"
