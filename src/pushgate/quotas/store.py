"""The daily quotas of all apps and vendors, in Redis.

A worker reserves what it is about to send and says afterwards what it used. A reservation that is
never settled counts as used, until the same part of the work is taken again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.push_class import PushClass, is_renewing, next_vendor_day, vendor_day
from pushgate.quotas.quota import Quota, QuotaState
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, portions, script

_KEPT = timedelta(days=1)
"""How long what is known of a day is kept after the day."""
_PARTS_PER_SCRIPT = 64


def quota_key(app: str, vendor: str, push_class: PushClass, day: str) -> str:
    """The key of a quota on one day in Shanghai, `2031-01-31`."""
    return f"{QUEUE}:quota:{app}:{vendor}:{push_class}:{day}"


class VendorQuotas:
    """The quotas of all apps. Ranks are those of priorities: 0 is high. All calls raise
    EngineUnavailable.
    """

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def take(
        self, quota: Quota, rank: int, claimant: str, run: str, parts: Mapping[str, int], patience: timedelta
    ) -> tuple[str, dict[str, int]]:
        """Reserve pushes for parts of a claimant's work, by name how many; returns the day, and how
        many each part may send. What is refused is wanted for `patience`.

        `run` tells a run from any other one: only it settles what it took.
        """
        now = self._clock.now()
        day, granted = vendor_day(now), dict[str, int]()
        head = _until(now), to_ms(now), quota.limit, rank, claimant, to_ms(now + patience), run
        for some in portions(list(parts.items()), _PARTS_PER_SCRIPT):
            args: list[Value] = [*head, *(value for part in some for value in part)]
            answer = cast("list[int]", await self._run("take", quota, day, args))
            granted.update(zip((name for name, _ in some), answer, strict=True))
        return day, granted

    async def settle(self, quota: Quota, day: str, claimant: str, run: str, used: Mapping[str, int]) -> None:
        """A run is over that took these parts on this day: how many pushes of each it used. What
        it reserved and did not use goes back.
        """
        now = self._clock.now()
        for some in portions(list(used.items()), _PARTS_PER_SCRIPT):
            args: list[Value] = [_until(now), claimant, run, *(value for part in some for value in part)]
            await self._run("settle", quota, day, args)

    async def want(self, quota: Quota, rank: int, claimant: str, pending: int, patience: timedelta) -> None:
        """A message that is being sent has so many pending pushes: lower priorities leave them what
        they need, for `patience`. 0 takes the want back.
        """
        now = self._clock.now()
        args: list[Value] = [_until(now), to_ms(now), rank, claimant, pending, to_ms(now + patience)]
        await self._run("want", quota, vendor_day(now), args)

    async def refuse(self, quota: Quota, day: str) -> None:
        """The vendor said that the quota of this day is used up: nothing more is sent that day.
        Soon after midnight the vendor may have meant the day before, and nothing is noted.
        """
        now = self._clock.now()
        if day == vendor_day(now) and is_renewing(now):
            return
        await self._run("refuse", quota, day, [_until(now), to_ms(now)])

    async def reopen(self, app: str, vendor: str) -> None:
        """Forget that the vendor said today that a quota is used up."""
        day = vendor_day(self._clock.now())
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for push_class in PushClass:
                pipe.hdel(quota_key(app, vendor, push_class, day), "full")
            await pipe.execute()

    async def read(self, quotas: Sequence[Quota]) -> list[QuotaState]:
        """What is known of these quotas today."""
        now = self._clock.now()
        rows = await asyncio.gather(
            *(self._run("read", quota, vendor_day(now), [to_ms(now)]) for quota in quotas)
        )
        return [_state(quota, cast("list[int]", row)) for quota, row in zip(quotas, rows, strict=True)]

    async def _run(self, name: str, quota: Quota, day: str, args: Sequence[Value]) -> object:
        key = quota_key(quota.app, quota.vendor, quota.push_class, day)
        return await script("pushgate.quotas", name)(self._redis, [key], args)


def _until(now: datetime) -> int:
    return to_ms(next_vendor_day(now) + _KEPT)


def _state(quota: Quota, row: Sequence[int]) -> QuotaState:
    used, reserved, full, high, normal, low = row
    refused_at = from_ms(full) if full else None
    return QuotaState(quota.limit, used, reserved, refused_at, (high, normal, low))
