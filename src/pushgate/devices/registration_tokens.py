"""Registration tokens: made by the gateway, and used once, as those that backends sign. Redis keys:

`{q}:registration-tokens:<app>:<digest>`  string: what a token of the gateway grants, as JSON
`{q}:registered:<app>:<token>`            string: the terminal that a token has registered

Both expire with the token. Redis has a digest of each token, never the token.
"""

import hashlib
from datetime import datetime, timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.devices.credentials import RegistrationToken
from pushgate.devices.grant import Grant, TokenUse
from pushgate.domain.clock import Clock, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_SKEW = timedelta(minutes=5)
"""How much longer than a token its use is remembered: clocks differ."""


class _Stored(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is stored of a token."""

    until: datetime
    user: str | None = None
    tags: tuple[str, ...] | None = None
    terminal: str | None = None


class RegistrationTokens:
    """The registration tokens of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def create(self, app: str, grant: Grant, ttl: timedelta) -> tuple[RegistrationToken, datetime]:
        """Make a token that grants this. Returns it, and when it expires."""
        token, until = RegistrationToken.new(app), self._clock.now() + ttl
        stored = _Stored(until=until, user=grant.user, tags=grant.tags, terminal=grant.terminal)
        async with reaching(Changes.AT_ONCE):
            await self._redis.set(_key(token), msgspec.json.encode(stored), px=ttl)
        return token, until

    async def read(self, token: RegistrationToken) -> Grant | None:
        """What a token grants, None where there is no such token or it has expired."""
        async with reaching(Changes.NOTHING):
            raw = cast("bytes | None", await self._redis.get(_key(token)))
        stored = msgspec.json.decode(raw, type=_Stored) if raw else None
        if stored is None or stored.until <= self._clock.now():
            return None
        return Grant(
            user=stored.user,
            tags=stored.tags,
            terminal=stored.terminal,
            use=TokenUse(_digest(token), stored.until),
        )

    async def use(self, app: str, use: TokenUse, terminal_id: str) -> bool:
        """Use a token for a terminal. Returns whether it may: a token registers one terminal, as
        often as answers are lost.
        """
        key, until = f"{QUEUE}:registered:{app}:{use.name}", to_ms(use.until + _SKEW)
        async with reaching(Changes.AT_ONCE):
            before = await self._redis.set(key, terminal_id, nx=True, get=True, pxat=until)
        return before is None or cast("bytes", before).decode() == terminal_id


def _key(token: RegistrationToken) -> str:
    return f"{QUEUE}:registration-tokens:{token.app}:{_digest(token)}"


def _digest(token: RegistrationToken) -> str:
    return hashlib.sha256(token.secret.encode()).hexdigest()[:32]
