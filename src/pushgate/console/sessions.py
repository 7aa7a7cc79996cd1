"""Sessions in Redis: who signed in, with which keys. A cookie has a session's id, Redis its
digest.

A session has no keys, but names of keys and the digests of the secrets that were shown. Whether
they hold is looked up anew at each request.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_ID_BYTES = 32


class SessionKey(msgspec.Struct, frozen=True, array_like=True):
    """A key that was shown, and the digest of its secret."""

    key_id: str
    digest: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom an identity provider knows. What the values allow is looked up at each
    request.
    """

    id: str
    """The issuer, and the subject that it gave the person."""
    name: str
    values: tuple[str, ...]
    """The values of the claim that decides."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in. `app` is the app whose pages are shown, '' for none."""

    created_at: int
    """Milliseconds since the epoch."""
    csrf_token: str
    keys: tuple[SessionKey, ...] = ()
    app: str = ""
    person: Person | None = None


class Sessions:
    """All sessions. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, lifetime: timedelta) -> None:
        self._redis = redis
        self.lifetime = lifetime

    async def create(self, session: Session) -> str:
        """Store a new session. Returns its id, which nobody can guess."""
        session_id = secrets.token_urlsafe(_ID_BYTES)
        async with reaching(Changes.AT_ONCE):
            await self._redis.set(_key(session_id), msgspec.json.encode(session), px=self.lifetime)
        return session_id

    async def read(self, session_id: str) -> Session | None:
        """Return the session with this id; None where it has ended."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[bytes | None]", self._redis.get(_key(session_id)))
        return _decode(raw)

    async def change(self, session_id: str, alter: Callable[[Session], Session]) -> None:
        """Replace a session; it ends when it would have ended. One that has ended stays ended."""
        session = await self.read(session_id)
        if session is not None:
            async with reaching(Changes.AT_ONCE):
                value = msgspec.json.encode(alter(session))
                await self._redis.set(_key(session_id), value, xx=True, keepttl=True)

    async def delete(self, session_id: str) -> None:
        """End a session."""
        async with reaching(Changes.AT_ONCE):
            await self._redis.delete(_key(session_id))


def new_csrf_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(_ID_BYTES)


def _key(session_id: str) -> str:
    return f"{QUEUE}:console-sessions:{hashlib.sha256(session_id.encode()).hexdigest()}"


def _decode(raw: bytes | None) -> Session | None:
    """Return the session; None for one that another version wrote in another form."""
    try:
        return msgspec.json.decode(raw, type=Session) if raw else None
    except msgspec.DecodeError:
        return None
