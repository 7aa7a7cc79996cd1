"""Pseudonyms of people and terminals in the audit log: hashes with a key that is in the store.

So nothing in the log has to be changed when a person is erased, and a search for a known id still
finds its entries. Anyone who has the key can try ids, so the key is sealed where there is a master
key.
"""

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from enum import StrEnum
from functools import partial
from typing import cast

from redis.asyncio import Redis

from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replacing import replace_value
from pushgate.sealing.sealer import Sealer, is_sealed
from pushgate.sealing.stored_secret import StoredSecret

_KEY = f"{QUEUE}:audit-key"
_CONTEXT = "audit-key"
_KEY_BYTES = 32
_DIGEST_BYTES = 16


class Subject(StrEnum):
    """The kinds of subjects whose ids are never in the log."""

    USER = "user"
    TERMINAL = "terminal"


class Pseudonyms:
    """The pseudonyms of people and terminals. Calls raise EngineUnavailable, SealedElsewhere."""

    def __init__(self, redis: Redis, sealer: Sealer) -> None:
        self._redis = redis
        self._sealer = sealer

    async def of(self, app: str, subject: Subject, name: str) -> str:
        """The target of entries about this user or terminal of the app: `user~<32 digits>`."""
        text = "\0".join((app, subject.value, name)).encode()
        digest = hmac.digest(await self._key(), text, hashlib.sha256)
        return f"{subject.value}~{digest[:_DIGEST_BYTES].hex()}"

    async def _key(self) -> bytes:
        stored = await _read(self._redis)
        if stored is None:
            # A store that lost its data gets another key: the entries of the old one are lost too.
            new = self._sealer.seal_if_possible(secrets.token_hex(_KEY_BYTES).encode(), _CONTEXT)
            async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=False) as pipe:
                pipe.set(_KEY, new, nx=True)
                pipe.get(_KEY)
                _, stored = cast("tuple[object, bytes]", await pipe.execute())
        value = _told_apart(stored)
        plain = self._sealer.open_or_clear(value, _CONTEXT)
        if self._sealer.can_seal and not is_sealed(value):
            await replace_value(self._redis, _KEY, stored, self._sealer.seal(plain, _CONTEXT))
        return bytes.fromhex(plain.decode())


async def stored_audit_key(redis: Redis) -> AsyncIterator[StoredSecret]:
    """The key of pseudonyms as it is stored. Raises EngineUnavailable."""
    stored = await _read(redis)
    if stored is not None:
        yield StoredSecret(_CONTEXT, _told_apart(stored), partial(replace_value, redis, _KEY, stored))


async def _read(redis: Redis) -> bytes | None:
    async with reaching(Changes.NOTHING):
        return cast("bytes | None", await redis.get(_KEY))


def _told_apart(stored: bytes) -> bytes:
    """The value in a form that is told from a sealed one: a key in raw bytes may begin as one."""
    return stored.hex().encode() if len(stored) == _KEY_BYTES else stored
