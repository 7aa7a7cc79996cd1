"""Answers by idempotency key: for 24 h, a repeated request gets the answer of the first request."""

import hashlib
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.errors import IdempotencyKeyReused
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

RECORD_LIFETIME_MS = timedelta(hours=24) // timedelta(milliseconds=1)
_DIGEST_SIZE = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class RequestKey:
    """An app's idempotency key, and the SHA-256 digest of the request that came with the key."""

    app: str
    key: str
    digest: bytes

    @property
    def redis_key(self) -> str:
        """The Redis key of the record. The idempotency key itself is not stored."""
        return f"{QUEUE}:first-answer:{self.app}:{hashlib.sha256(self.key.encode()).hexdigest()}"

    def record(self, answer: bytes) -> bytes:
        """The stored bytes: the request's digest, then the answer."""
        return self.digest + answer

    def answer(self, record: bytes) -> bytes:
        """The answer in a record. Raises IdempotencyKeyReused where another request made the
        record.
        """
        if record[:_DIGEST_SIZE] != self.digest:
            raise IdempotencyKeyReused(
                "this Idempotency-Key was used with another request; use a new key for a new request"
            )
        return record[_DIGEST_SIZE:]


class IdempotencyRecords:
    """Reads records, and writes the records of calls that may run twice. All calls raise
    EngineUnavailable.

    A call that must not run twice writes its record in the script that takes effect: `put.lua`,
    `revision.lua`.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, key: RequestKey) -> bytes | None:
        """The answer of the first request, None where there was none yet. Raises
        IdempotencyKeyReused.
        """
        async with reaching(Changes.NOTHING):
            record = await cast("Awaitable[bytes | None]", self._redis.get(key.redis_key))
        return None if record is None else key.answer(record)

    async def remember(self, key: RequestKey, answer: bytes) -> bytes:
        """Store the answer unless there is one; returns the stored answer. Raises
        IdempotencyKeyReused.
        """
        async with reaching(Changes.AT_ONCE):
            record = await cast(
                "Awaitable[bytes | None]",
                self._redis.set(key.redis_key, key.record(answer), nx=True, get=True, px=RECORD_LIFETIME_MS),
            )
        return answer if record is None else key.answer(record)
