"""API keys: create, list, revoke and recognise them.

Redis has a digest of each secret, never the secret. A secret has 192 random bits, so that nobody
can guess it from a plain SHA-256.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.app import Scope
from pushgate.domain.clock import Clock
from pushgate.domain.errors import NotFound, Unauthorized
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_KEY = f"{QUEUE}:keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is stored of a key. The app of an operator's key is ''."""

    id: str
    app: str
    scopes: tuple[Scope, ...]
    name: str
    created_at: datetime
    digest: str

    def may(self, scope: Scope) -> bool:
        """Whether the key has the scope; `admin` has all but `operator`."""
        return scope in self.scopes or (Scope.ADMIN in self.scopes and scope is not Scope.OPERATOR)


class KeyRing:
    """All API keys."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def create(self, app: str, scopes: Collection[Scope], name: str = "") -> str:
        """Create a key. Returns its text, `pg_<id>_<secret>`, which cannot be read again later.

        Raises ValueError unless `operator` is the only scope of a key, and only where `app` is ''.
        """
        if (Scope.OPERATOR in scopes) != (not app) or (Scope.OPERATOR in scopes and len(set(scopes)) > 1):
            raise ValueError("the scope operator stands alone, and its keys belong to no app")
        key_id, secret = secrets.token_hex(6), secrets.token_hex(24)
        key = ApiKey(
            id=key_id,
            app=app,
            scopes=tuple(sorted(scopes)),
            name=name[:200],
            created_at=self._clock.now(),
            digest=_digest(secret),
        )
        async with reaching():
            await self._redis.hset(_KEY, key_id, msgspec.json.encode(key).decode())
        return f"pg_{key_id}_{secret}"

    async def list(self, app: str | None = None) -> list[ApiKey]:
        """All keys, or those of one app, oldest first."""
        async with reaching():
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(_KEY))
        keys = [msgspec.json.decode(value, type=ApiKey) for value in raw.values()]
        return sorted((key for key in keys if app in (None, key.app)), key=lambda key: key.created_at)

    async def count(self) -> int:
        """How many keys there are."""
        async with reaching():
            return int(await self._redis.hlen(_KEY))

    async def revoke(self, key_id: str) -> None:
        """Delete the key, which is invalid from now on. Raises NotFound."""
        async with reaching():
            if not await self._redis.hdel(_KEY, key_id):
                raise NotFound(f"there is no key {key_id}")

    async def recognise(self, text: str) -> ApiKey:
        """The key with this text. Raises Unauthorized."""
        head, _, rest = text.partition("_")
        key_id, _, secret = rest.partition("_")
        raw = None
        if head == "pg" and key_id.isalnum() and key_id.isascii():
            async with reaching(Changes.NOTHING):
                raw = await self._redis.hget(_KEY, key_id)
        key = msgspec.json.decode(raw, type=ApiKey) if raw else None
        # Compared in constant time, also when there is no such key: the time must reveal nothing.
        expected = key.digest if key else _digest("")
        if not hmac.compare_digest(expected, _digest(secret)) or key is None:
            raise Unauthorized("the API key is not valid")
        return key


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
