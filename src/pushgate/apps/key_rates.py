"""The rate limits of API keys: requests a second, over all API processes. In: requests of a key.
Out: an error where there are too many.

A process decides alone, so that no request waits for Redis. It knows when all requests of a key
will be worked off at the key's rate. A request is accepted if that is at most a second away. Every
`SETTLE_AGE` a process that served such requests adds them to those of the others in Redis, and
takes over the sum. So the rate is exact over time. In one moment, each process may take a second's
requests before it learns of the others.
"""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.apps.api_key import ApiKey
from pushgate.domain.errors import EngineUnavailable, RateLimited
from pushgate.redis.client import within
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, portions, script
from pushgate.runtime.tasks import cancel_and_wait

SETTLE_AGE = timedelta(milliseconds=200)
_BURST = 1.0
"""Seconds whose requests may come at once."""
_MAX_DEBT = 3600.0
"""The most seconds of the rate for which one call counts."""
_ENGINE_TIMEOUT = timedelta(seconds=5)
_MICROS = 1_000_000
_TOGETHER = 256


@dataclass(slots=True)
class _Bucket:
    """The requests of one key: when they are worked off, and how many seconds of them are new."""

    free_at: float
    new: float = 0.0


class KeyRates:
    """The rates of all keys that this process serves. `monotonic` gives seconds that never go
    back.
    """

    def __init__(self, redis: Redis, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._monotonic = monotonic
        self._buckets: dict[str, _Bucket] = {}
        self._settle_at = -math.inf
        self._task: asyncio.Task[None] | None = None

    def take(self, key: ApiKey) -> None:
        """Count one request. Raises RateLimited; then it does not count."""
        if key.rate_limit is None:
            return
        now = self._monotonic()
        bucket = self._buckets.get(key.id)
        if bucket is None:
            bucket = self._buckets[key.id] = _Bucket(now)
        wait = bucket.free_at - now + 1 / key.rate_limit - _BURST
        if wait > 1e-6:
            self._settle_soon(now)
            raise RateLimited(
                f"the API key may send {key.rate_limit} requests a second; send this one again later",
                math.ceil(wait),
            )
        self._add(bucket, 1 / key.rate_limit, now)

    def charge(self, key: ApiKey, count: int) -> None:
        """Count `count` more requests for one that was accepted, such as the messages of a
        batch.
        """
        if key.rate_limit is None or count <= 0:
            return
        now = self._monotonic()
        bucket = self._buckets.setdefault(key.id, _Bucket(now))
        self._add(bucket, min(count / key.rate_limit, _MAX_DEBT), now)

    async def close(self) -> None:
        """Stop what asks Redis in the background."""
        if self._task is not None:
            await cancel_and_wait(self._task)

    async def settle(self) -> None:
        """Add the new requests to those of the other processes, and take over the sum. Raises
        EngineUnavailable: then the new requests count here alone.
        """
        new = {key_id: bucket.new for key_id, bucket in self._buckets.items()}
        for bucket in self._buckets.values():
            bucket.new = 0.0
        for some in portions(list(new.items()), _TOGETHER):
            await self._settle_some(some)

    async def _settle_some(self, new: Sequence[tuple[str, float]]) -> None:
        args: list[Value] = []
        for key_id, seconds in new:
            args += (key_id, round(seconds * _MICROS))
        async with within(_ENGINE_TIMEOUT):
            answer = await script("pushgate.apps", "settle_rates")(self._redis, [QUEUE], args)
        now = self._monotonic()
        for (key_id, _), micros in zip(new, cast("list[int]", answer), strict=True):
            bucket = self._buckets[key_id]
            bucket.free_at = now + micros / _MICROS + bucket.new
            if bucket.free_at <= now:
                del self._buckets[key_id]  # nothing is owed: as if the key had never been used

    def _add(self, bucket: _Bucket, seconds: float, now: float) -> None:
        bucket.free_at = max(bucket.free_at, now) + seconds
        bucket.new += seconds
        self._settle_soon(now)

    def _settle_soon(self, now: float) -> None:
        if now >= self._settle_at and self._task is None:
            self._settle_at = now + SETTLE_AGE.total_seconds()
            # What is settled belongs to no request.
            self._task = asyncio.get_running_loop().create_task(self._settle(), context=Context())

    async def _settle(self) -> None:
        try:
            with suppress(EngineUnavailable):  # each process then counts for itself
                await self.settle()
        finally:
            self._task = None
