"""When workers last used an app's credential at a vendor, and when the vendor last refused it.

Redis: {q}:credential-use:<app>, a hash: '<vendor>|used' -> ms; '<vendor>|refused' -> JSON.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.clock import from_ms, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

Route = tuple[str, str]
"""An app and a vendor."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A vendor's refusal of a credential: when, the vendor's code, and its meaning."""

    at: datetime
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class CredentialUse:
    """What is known of the use of a credential. Both are None before the first time."""

    used_at: datetime | None = None
    refusal: Refusal | None = None


class CredentialUseStore:
    """The last uses of all credentials. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def note(self, used: Mapping[Route, datetime], refused: Mapping[Route, Refusal]) -> None:
        """Note last uses and refusals, by app and vendor."""
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for (app, vendor), at in used.items():
                pipe.hset(_key(app), f"{vendor}|used", to_ms(at))
            for (app, vendor), refusal in refused.items():
                pipe.hset(_key(app), f"{vendor}|refused", msgspec.json.encode(refusal))
            await pipe.execute()

    async def read(self, app: str) -> dict[str, CredentialUse]:
        """The use of the app's credentials by vendor."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_key(app)))
        names = {name.decode().partition("|")[0] for name in raw}
        return {vendor: _parse(raw, vendor) for vendor in sorted(names)}

    async def forget(self, app: str, vendor: str) -> None:
        """Forget the use of a credential: the vendor's section is gone."""
        async with reaching():
            await self._redis.hdel(_key(app), f"{vendor}|used", f"{vendor}|refused")


def _key(app: str) -> str:
    return f"{QUEUE}:credential-use:{app}"


def _parse(raw: Mapping[bytes, bytes], vendor: str) -> CredentialUse:
    used, refused = raw.get(f"{vendor}|used".encode()), raw.get(f"{vendor}|refused".encode())
    return CredentialUse(
        from_ms(int(used)) if used else None,
        msgspec.json.decode(refused, type=Refusal) if refused else None,
    )
