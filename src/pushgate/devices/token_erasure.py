"""Names of a person erased from registration tokens: those that were made for the person, and what
used ones registered.
"""

from collections.abc import Awaitable, Collection, Mapping
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scanning import Place, scan_from

_AT_ONCE = 1000


class _Granted(msgspec.Struct):
    user: str | None = None
    terminal: str | None = None


_decode = msgspec.json.Decoder(_Granted).decode


class TokenErasure:
    """Erases names from the registration tokens of all apps. All calls may be repeated, and raise
    EngineUnavailable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def erase(
        self, app: str, place: Place, users: Collection[str], terminals: Mapping[str, str]
    ) -> tuple[Place, int]:
        """Erase names among some keys from a place on (empty to begin). A token that names one of
        the users or terminals is deleted; `terminals` are ids with the names that take their
        places.

        Returns the next place, empty at the end, and how many keys named the person.
        """
        place, keys = await scan_from(self._redis, place, f"{QUEUE}:regist*:{app}:*", _AT_ONCE)
        async with reaching(Changes.NOTHING):
            values = await cast("Awaitable[list[bytes | None]]", self._redis.mget(keys)) if keys else []
        erased = 0
        for key, value in zip(map(bytes.decode, keys), values, strict=True):
            if value is not None:
                erased += await self._erase(app, key, value, users, terminals)
        return place, erased

    async def _erase(
        self, app: str, key: str, value: bytes, users: Collection[str], terminals: Mapping[str, str]
    ) -> bool:
        async with reaching(Changes.AT_ONCE):
            if key.startswith(f"{QUEUE}:registration-tokens:{app}:"):
                granted = _decode(value)
                if granted.user in users or granted.terminal in terminals:
                    return bool(await self._redis.delete(key))
            elif key.startswith(f"{QUEUE}:registered:{app}:"):
                name = terminals.get(value.decode().partition(" ")[0])
                if name is not None:
                    # The token stays used: nobody registers anything with it again.
                    return bool(await self._redis.set(key, name, keepttl=True, xx=True))
        return False
