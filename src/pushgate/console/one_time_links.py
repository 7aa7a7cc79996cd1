"""One-time links: whoever opens one on this machine is signed in with the keys that it names.

Redis has the digest of a link's code, for five minutes or until the link is used.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

LIFETIME = timedelta(minutes=5)
_CODE_BYTES = 24


class OneTimeLinks:
    """All links that were made and not used. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def create(self, key_ids: Sequence[str]) -> str:
        """Make a link for these keys. Returns its code, for `/link/<code>`."""
        code = secrets.token_urlsafe(_CODE_BYTES)
        async with reaching(Changes.AT_ONCE):
            await self._redis.set(_key(code), msgspec.json.encode(list(key_ids)), px=LIFETIME)
        return code

    async def take(self, code: str) -> Sequence[str]:
        """Use a link up. Returns the ids of its keys, none where it was used or is too old."""
        async with reaching(Changes.AT_ONCE):
            raw = await cast("Awaitable[bytes | None]", self._redis.getdel(_key(code)))
        return msgspec.json.decode(raw, type=list[str]) if raw else ()


def _key(code: str) -> str:
    return f"{QUEUE}:console-links:{hashlib.sha256(code.encode()).hexdigest()}"
