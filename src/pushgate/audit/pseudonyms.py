"""What stands for people and terminals in the audit log: a hash with a key that the store has.

So nothing in the log has to be changed when a person is erased, and a search for a known id still
finds its entries.
"""

import hashlib
import hmac
import secrets
from enum import StrEnum

from redis.asyncio import Redis

from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_KEY = f"{QUEUE}:audit-key"
_KEY_BYTES = 32
_DIGEST_BYTES = 16


class Subject(StrEnum):
    """Whose ids are never in the log."""

    USER = "user"
    TERMINAL = "terminal"


class Pseudonyms:
    """The pseudonyms of people and terminals. Calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def of(self, app: str, subject: Subject, name: str) -> str:
        """The target of entries about this user or terminal of the app: `user~<32 digits>`."""
        async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=False) as pipe:
            # A store that lost its data gets another key: the entries of the old one are lost too.
            pipe.set(_KEY, secrets.token_bytes(_KEY_BYTES), nx=True)
            pipe.get(_KEY)
            _, key = await pipe.execute()
        text = "\0".join((app, subject.value, name)).encode()
        return f"{subject.value}~{hmac.digest(key, text, hashlib.sha256)[:_DIGEST_BYTES].hex()}"
