"""Vendors' access tokens shared by all workers, for vendors that limit how often one may be fetched."""

from datetime import timedelta

import msgspec
from redis.asyncio import Redis

from pushgate.clock import Clock
from pushgate.http2.bearer import Credential
from pushgate.redis import QUEUE, reaching


class SharedCredentials:
    """A CredentialStore in Redis. An entry is gone when its credential has expired."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def read(self, name: str) -> Credential | None:
        """The credential stored under this name, or None."""
        async with reaching():
            raw = await self._redis.get(f"{QUEUE}:credential:{name}")
        return msgspec.json.decode(raw, type=Credential) if raw else None

    async def write(self, name: str, credential: Credential) -> None:
        """Keep it for the others until it expires."""
        left = (credential.expires_at - self._clock.now()) // timedelta(milliseconds=1)
        if left > 0:
            async with reaching():
                await self._redis.set(f"{QUEUE}:credential:{name}", msgspec.json.encode(credential), px=left)
