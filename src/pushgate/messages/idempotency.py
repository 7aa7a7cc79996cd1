"""First answers by idempotency key: a repeated request gets the answer that its first one got, for 24 h."""

import hashlib
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.errors import IdempotencyKeyReused
from pushgate.redis.client import Changes, reaching
from pushgate.redis.keys import QUEUE

KEPT_FOR = timedelta(hours=24)
KEPT_FOR_MS = KEPT_FOR // timedelta(milliseconds=1)
_DIGEST_SIZE = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class RequestKey:
    """An app's idempotency key, and the SHA-256 digest of the request that came with the key."""

    app: str
    key: str
    digest: bytes

    @property
    def name(self) -> str:
        """Where Redis keeps the record; the key itself stays out of Redis."""
        return f"{QUEUE}:first-answer:{self.app}:{hashlib.sha256(self.key.encode()).hexdigest()}"

    def record(self, answer: bytes) -> bytes:
        """What Redis keeps: the request's digest, then the answer."""
        return self.digest + answer

    def answer(self, record: bytes) -> bytes:
        """Return the answer in a record. Raises IdempotencyKeyReused if another request made the record."""
        if record[:_DIGEST_SIZE] != self.digest:
            raise IdempotencyKeyReused(
                "this Idempotency-Key was used with another request; use a new key for a new request"
            )
        return record[_DIGEST_SIZE:]


class IdempotencyRecords:
    """Reads records, and writes those of calls that do no harm when they run twice.

    What must not run twice writes its record in the same script as its effect (`put.lua`, `replace.lua`).
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, key: RequestKey) -> bytes | None:
        """Return the first answer, None if there was no such request yet. Raises IdempotencyKeyReused."""
        async with reaching(Changes.NOTHING):
            record = await cast("Awaitable[bytes | None]", self._redis.get(key.name))
        return None if record is None else key.answer(record)

    async def remember(self, key: RequestKey, answer: bytes) -> bytes:
        """Keep the answer unless there is one. Return the one that is kept. Raises IdempotencyKeyReused."""
        async with reaching(Changes.AT_ONCE):
            record = await cast(
                "Awaitable[bytes | None]",
                self._redis.set(key.name, key.record(answer), nx=True, get=True, px=KEPT_FOR_MS),
            )
        return answer if record is None else key.answer(record)
