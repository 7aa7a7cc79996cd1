"""Vendors' access tokens, shared by all processes: vendors limit how often one may be fetched."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import msgspec
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError

from pushgate.domain.clock import Clock
from pushgate.domain.errors import EngineUnavailable
from pushgate.http2.credentials import Credential
from pushgate.redis.client import reaching
from pushgate.redis.hash_tags import QUEUE

_MAX_RENEWAL = 15.0
"""Seconds: longer than the timeout of a token endpoint. A process that died while it renewed delays
the others by as much."""


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
        """Store a credential for the other processes until it expires."""
        left = (credential.expires_at - self._clock.now()) // timedelta(milliseconds=1)
        if left > 0:
            async with reaching():
                await self._redis.set(f"{QUEUE}:credential:{name}", msgspec.json.encode(credential), px=left)

    @asynccontextmanager
    async def renewing(self, name: str) -> AsyncIterator[None]:
        """In this context no other process renews this credential, unless Redis is unreachable."""
        key = f"{QUEUE}:credential:{name}:renewal"
        lock = Lock(self._redis, key, timeout=_MAX_RENEWAL, blocking_timeout=_MAX_RENEWAL, sleep=0.1)
        held = False
        with suppress(EngineUnavailable):
            async with reaching():
                held = await lock.acquire()
        try:
            yield
        finally:
            if held:
                # LockError: the renewal took so long that another process has the lock.
                with suppress(EngineUnavailable, LockError):
                    async with reaching():
                        await lock.release()
