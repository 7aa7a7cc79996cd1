"""Sign-ins that have begun at a provider and not come back: what their answers must fit.

Redis has them for ten minutes, and each is used once. A cookie binds each to its browser, so that
nobody can be signed in by an answer that another browser got.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable
from datetime import timedelta
from typing import NamedTuple, cast

import msgspec
from redis.asyncio import Redis

from pushgate.console.oidc.provider import Challenge
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

LIFETIME = timedelta(minutes=10)
_BYTES = 32


class Begun(NamedTuple):
    """A sign-in that has begun: its challenge, the browser's secret, and the page that comes
    after.
    """

    challenge: Challenge
    browser: str
    following: str


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    nonce: str
    verifier: str
    browser_digest: str
    following: str


class Challenges:
    """All sign-ins that have begun. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def begin(self, following: str) -> Begun:
        """Begin a sign-in with values that nobody can guess."""
        state, nonce, verifier, browser = (secrets.token_urlsafe(_BYTES) for _ in range(4))
        stored = _Stored(nonce, verifier, _digest(browser), following)
        async with reaching(Changes.AT_ONCE):
            await self._redis.set(_key(state), msgspec.json.encode(stored), px=LIFETIME)
        return Begun(Challenge(state, nonce, verifier), browser, following)

    async def take(self, state: str, browser: str) -> Begun | None:
        """Return the sign-in that an answer belongs to, and forget it. None where there is none, or
        where it began in another browser.
        """
        async with reaching(Changes.AT_ONCE):
            raw = await cast("Awaitable[bytes | None]", self._redis.getdel(_key(state)))
        if raw is None:
            return None
        stored = msgspec.json.decode(raw, type=_Stored)
        if not hmac.compare_digest(stored.browser_digest, _digest(browser)):
            return None
        return Begun(Challenge(state, stored.nonce, stored.verifier), browser, stored.following)


def _key(state: str) -> str:
    return f"{QUEUE}:console-challenges:{_digest(state)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
