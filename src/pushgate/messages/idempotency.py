"""Answers by idempotency key: for 24 h, a repeated request gets the answer of the first request.

The record of a key is in the shard of the key's hash, independent of where the request stores
anything.
"""

import hashlib
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.errors import IdempotencyKeyReused
from pushgate.domain.message_id import ID_LENGTH
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import shard_of, tag
from pushgate.redis.scripts import script

RECORD_LIFETIME_MS = timedelta(hours=24) // timedelta(milliseconds=1)
DIGEST_SIZE = hashlib.sha256().digest_size
"""Bytes of a record before the answer."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """An app's idempotency key, and the SHA-256 digest of the request that came with the key."""

    app: App
    key: str
    digest: bytes

    @property
    def name(self) -> str:
        """The digest that stands for the idempotency key, which itself is not stored."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def request_name(self) -> str:
        """The text that a changed message keeps, by which a repeated request is recognized."""
        return f"{self.name}{self.digest.hex()}"

    @property
    def shard(self) -> int:
        """The shard of the app that has the record."""
        return shard_of(self.app, self.name)

    @property
    def hash_tag(self) -> str:
        """The hash tag of the record."""
        return tag(self.app, self.shard)

    @property
    def redis_key(self) -> str:
        """The Redis key of the record."""
        return f"{self.hash_tag}:i:{self.name}"

    def record(self, answer: bytes) -> bytes:
        """The stored bytes: the request's digest, then the answer."""
        return self.digest + answer

    def answer(self, record: bytes) -> bytes:
        """The answer in a record. Raises IdempotencyKeyReused where another request made the
        record.
        """
        if record[:DIGEST_SIZE] != self.digest:
            raise IdempotencyKeyReused(
                "this Idempotency-Key was used with another request; use a new key for a new request"
            )
        return record[DIGEST_SIZE:]


def creation(message_id: str, answer: bytes) -> bytes:
    """The answer of a request that creates a message, as its record holds it: the id, then the data
    from which the answer is made.
    """
    return message_id.encode() + answer


def parse_creation(answer: bytes) -> tuple[str, bytes]:
    """Read the bytes of `creation` back."""
    return answer[:ID_LENGTH].decode(), answer[ID_LENGTH:]


class IdempotencyRecords:
    """Reads records, and writes those that are not written together with a small message. All calls
    raise EngineUnavailable.
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

    async def withdraw(self, key: RequestKey, answer: bytes) -> None:
        """Remove the record with this answer: its request had no effect."""
        await script("pushgate.messages", "withdraw_record")(
            self._redis, [key.redis_key], [key.record(answer)]
        )
