"""Registration tokens: made by the gateway, and used once, as those that backends sign. Redis keys:

`{q}:registration-tokens:<app>:<digest>`  string: what a token of the gateway grants, as JSON
`{q}:registered:<app>:<token>`            string: the terminal that a token has registered, and
    digests of the device secrets that it was given, in hexadecimal

Both expire with the token. Redis has a digest of each token, never the token.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.devices.credentials import RegistrationToken
from pushgate.devices.grant import Grant, TokenUse
from pushgate.domain.clock import Clock, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replacing import replace_value
from pushgate.terminals.device_secrets import KnownDevice

_SKEW = timedelta(minutes=5)
"""How much longer than a token its use is remembered: clocks differ."""
_KEPT_SECRETS = 16
"""How many digests are remembered of a token."""


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

    async def use(self, app: str, use: TokenUse, terminal_id: str, secret: bytes) -> bool:
        """Use a token for a terminal, which gets a device secret of this digest. Returns whether it
        may: a token registers one terminal, as often as answers are lost.
        """
        key, until = _used_key(app, use), to_ms(use.until + _SKEW)
        first = _encode_use(terminal_id, [secret.hex()])
        while True:
            async with reaching(Changes.AT_ONCE):
                before = cast(
                    "bytes | None", await self._redis.set(key, first, nx=True, get=True, pxat=until)
                )
                if before is None:
                    return True
                known_id, digests = _decode_use(before)
                if known_id != terminal_id:
                    return False
                following = _encode_use(terminal_id, [*digests, secret.hex()][-_KEPT_SECRETS:])
                if await replace_value(self._redis, key, before, following):
                    return True

    async def has_registered(self, app: str, use: TokenUse, device: KnownDevice) -> bool:
        """Whether a token registered this device: its terminal, and a device secret that it has.

        A terminal that was registered anew by others since is not the token's.
        """
        async with reaching(Changes.NOTHING):
            raw = cast("bytes | None", await self._redis.get(_used_key(app, use)))
        if raw is None:
            return False
        terminal_id, digests = _decode_use(raw)
        known = {digest.hex() for digest in device.digests}
        return terminal_id == device.terminal.id and not known.isdisjoint(digests)


def _encode_use(terminal_id: str, digests: Sequence[str]) -> bytes:
    return " ".join([terminal_id, *digests]).encode()


def _decode_use(raw: bytes) -> tuple[str, list[str]]:
    terminal_id, *digests = raw.decode().split(" ")
    return terminal_id, digests


def _used_key(app: str, use: TokenUse) -> str:
    return f"{QUEUE}:registered:{app}:{use.name}"


def _key(token: RegistrationToken) -> str:
    return f"{QUEUE}:registration-tokens:{token.app}:{_digest(token)}"


def _digest(token: RegistrationToken) -> str:
    return hashlib.sha256(token.secret.encode()).hexdigest()[:32]
