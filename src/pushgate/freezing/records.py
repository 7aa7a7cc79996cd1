"""The records of frozen audiences, and the claims of the processes that work on them.

`write_freeze.lua` lists the keys.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.clock import to_ms
from pushgate.domain.errors import Conflict
from pushgate.freezing.freeze import Freeze
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, script

_ATTEMPTS = 20
_decoder = msgspec.msgpack.Decoder(Freeze)


@dataclass(frozen=True, slots=True)
class KnownFreezes:
    """The records of an app by key, and the number of their changes when they were read."""

    changes: bytes
    by_key: Mapping[str, Freeze]


@dataclass(frozen=True, slots=True)
class FreezeClaim:
    """A frozen audience on which one process works until an instant (ms)."""

    app: str
    key: str
    until_ms: int

    @property
    def member(self) -> str:
        """The member that stands for the audience in the set of those on which there is work."""
        return f"{self.app} {self.key}"


class FreezeRecords:
    """The records of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def of_app(self, app: str) -> KnownFreezes:
        """The records of an app's audiences that are being frozen, are frozen or are released."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(f"{QUEUE}:frozen:{app}"))
        changes = raw.pop(b"#", b"0")
        return KnownFreezes(changes, {key.decode(): _decoder.decode(value) for key, value in raw.items()})

    async def add(
        self, app: str, freeze: Freeze, due: datetime, check: Callable[[Mapping[str, Freeze]], None]
    ) -> None:
        """Add a record. `check` raises where the other records do not allow it. Raises Conflict
        where others change the app's records all the time.
        """
        for _ in range(_ATTEMPTS):
            known = await self.of_app(app)
            check(known.by_key)
            if await self._write(app, known, freeze.key, freeze, due):
                return
        raise Conflict("audiences of the app are being frozen by others; try again")

    async def change(
        self, app: str, key: str, change: Callable[[Freeze], Freeze | None], due: datetime | None = None
    ) -> Freeze | None:
        """Change a record, and return the new one. Where `change` returns None, or there is no such
        record, nothing is changed, and None is returned.

        `due` is when there is work on the audience next; None leaves the time as it is. Raises
        Conflict as `add` does.
        """
        for _ in range(_ATTEMPTS):
            known = await self.of_app(app)
            before = known.by_key.get(key)
            changed = before and change(before)
            if not changed or await self._write(app, known, key, changed, due):
                return changed
        raise Conflict("audiences of the app are being frozen by others; try again")

    async def remove(self, app: str, key: str) -> None:
        """Remove a record, and the work on it. Raises Conflict as `add` does."""
        for _ in range(_ATTEMPTS):
            known = await self.of_app(app)
            if key not in known.by_key or await self._write(app, known, key, None, None):
                return
        raise Conflict("audiences of the app are being frozen by others; try again")

    async def _write(
        self, app: str, known: KnownFreezes, key: str, freeze: Freeze | None, due: datetime | None
    ) -> bool:
        record = b"" if freeze is None else msgspec.msgpack.encode(freeze)
        args: list[Value] = [app, known.changes, key, record, "" if due is None else to_ms(due)]
        return bool(await script("pushgate.freezing", "write_freeze")(self._redis, [QUEUE], args))

    async def claim(self, now: datetime, until: datetime) -> FreezeClaim | None:
        """Claim a frozen audience on which there is work; None where there is none."""
        args = [to_ms(now), to_ms(until)]
        found = await script("pushgate.freezing", "claim_freeze")(self._redis, [f"{QUEUE}:freezes"], args)
        if not found:
            return None
        app, _, key = cast("bytes", found).decode().partition(" ")
        return FreezeClaim(app, key, to_ms(until))

    async def keep(self, claim: FreezeClaim, due: datetime | None) -> FreezeClaim | None:
        """Set when there is work on the audience next, None for never. The audience stays claimed
        until then. Returns the new claim, None where there is none or the claim is lost.
        """
        args: list[Value] = [claim.member, claim.until_ms, "" if due is None else to_ms(due)]
        kept = await script("pushgate.freezing", "keep_freeze")(self._redis, [f"{QUEUE}:freezes"], args)
        return FreezeClaim(claim.app, claim.key, to_ms(due)) if kept and due is not None else None
