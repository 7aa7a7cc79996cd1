"""Vendors' access tokens, shared by all processes: vendors limit how often one may be fetched.

They are sealed where there is a master key.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError

from pushgate.domain.clock import Clock
from pushgate.domain.errors import EngineUnavailable, SealedElsewhere
from pushgate.http2.credentials import Credential
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replacing import replace_value
from pushgate.runtime import logs
from pushgate.sealing.sealer import Sealer
from pushgate.sealing.stored_secret import StoredSecret

_MAX_RENEWAL = 15.0
"""Seconds; longer than the timeout of a token endpoint. If a process dies while it renews, the
others wait for as long.
"""


_PREFIX = f"{QUEUE}:credential:"
_RENEWAL_PREFIX = f"{QUEUE}:credential-renewal:"
_log = logs.get("credentials")


def credential_context(name: str) -> str:
    """What a shared token is sealed for."""
    return f"credential:{name}"


async def stored_credentials(redis: Redis) -> AsyncIterator[StoredSecret]:
    """All shared tokens, as they are stored. Raises EngineUnavailable."""
    async with reaching(Changes.NOTHING):
        async for key in redis.scan_iter(match=f"{_PREFIX}*", count=1000):
            raw = cast("bytes | None", await redis.get(key))
            if raw:
                name = key.decode()
                replace = partial(replace_value, redis, name, raw)
                yield StoredSecret(credential_context(name.removeprefix(_PREFIX)), raw, replace)


class SharedCredentials:
    """A CredentialStore in Redis. An entry is gone when its credential has expired."""

    def __init__(self, redis: Redis, clock: Clock, sealer: Sealer) -> None:
        self._redis = redis
        self._clock = clock
        self._sealer = sealer

    async def read(self, name: str) -> Credential | None:
        """The credential stored under this name.

        None if nothing is stored, or this process cannot open it: then the process fetches a
        credential of its own.
        """
        async with reaching():
            raw = cast("bytes | None", await self._redis.get(_PREFIX + name))
        if not raw:
            return None
        try:
            opened = self._sealer.open_or_clear(raw, credential_context(name))
        except SealedElsewhere as error:
            _log.error("a shared token cannot be opened", action="token_sealed_elsewhere", error=str(error))
            return None
        credential = msgspec.json.decode(opened, type=Credential)
        if not self._sealer.is_current(raw):
            sealed = self._sealer.seal(opened, credential_context(name))
            await replace_value(self._redis, _PREFIX + name, raw, sealed)
        return credential

    async def write(self, name: str, credential: Credential) -> None:
        """Store a credential for the other processes until it expires."""
        left = (credential.expires_at - self._clock.now()) // timedelta(milliseconds=1)
        if left > 0:
            stored = self._sealer.seal_if_possible(msgspec.json.encode(credential), credential_context(name))
            async with reaching():
                await self._redis.set(_PREFIX + name, stored, px=left)

    @asynccontextmanager
    async def renewing(self, name: str) -> AsyncIterator[None]:
        """While this context is open, no other process renews the credential, unless Redis is
        unreachable.
        """
        key = f"{_RENEWAL_PREFIX}{name}"
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
