"""Carries out confirmed held removals: removes the terminals in portions.

`{q}:held-confirmed` is a hash: <app>|<vendor> -> the last confirmation (msgpack);
`{q}:held-worked:<app>|<vendor>` is there while somebody works on it.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.errors import NotFound
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.terminals.held_removals import HeldRemoval, HeldRemovals, pair_of, parse_pair
from pushgate.terminals.registry import DeadToken, Registry
from pushgate.terminals.tokens import digest

_CONFIRMED = f"{QUEUE}:held-confirmed"
_PORTION = 100
_LOCKED_MS = 30_000


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed removal of the terminals that were listed by then.

    `held` is how many terminals were listed, `removed` how many left the registry, `kept` how many
    have another push token by now or were already gone. `after` is the last id that was looked at.
    """

    requested_at: datetime
    held: int
    removed: int = 0
    kept: int = 0
    after: str = ""
    ended_at: datetime | None = None


_decode = msgspec.msgpack.Decoder(Confirmation).decode


class ConfirmedRemovals:
    """The last confirmation of each app and vendor. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock, held: HeldRemovals, registry: Registry) -> None:
        self._redis = redis
        self._clock = clock
        self._held = held
        self._registry = registry

    async def find(self, app: App, vendor: str) -> Confirmation | None:
        """The last confirmation, None where there was none."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[bytes | None]", self._redis.hget(_CONFIRMED, pair_of(app, vendor)))
        return _decode(raw) if raw else None

    async def confirm(self, app: App, vendor: str) -> Confirmation:
        """Confirm the removal of the terminals listed now; returns the unfinished confirmation, if
        there is one.
        """
        known = await self.find(app, vendor)
        if known and known.ended_at is None:
            return known
        count = await self._held.count(app, vendor)
        confirmation = Confirmation(requested_at=self._clock.now(), held=count.listed)
        await self._write(app, vendor, confirmation)
        return confirmation

    async def unfinished(self) -> list[tuple[str, str]]:
        """The apps and vendors with an unfinished confirmation."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[Mapping[bytes, bytes]]", self._redis.hgetall(_CONFIRMED))
        return [parse_pair(field) for field, raw in rows.items() if _decode(raw).ended_at is None]

    async def work(self, app: App, vendor: str, for_at_most: timedelta) -> Confirmation | None:
        """Remove terminals for at most `for_at_most`, unless another process does so; returns the
        confirmation with its progress, None if there is none.
        """
        lock = f"{QUEUE}:held-worked:{pair_of(app, vendor)}"
        async with reaching(Changes.AT_ONCE):
            locked = await self._redis.set(lock, b"", px=_LOCKED_MS, nx=True)
        if not locked:
            return await self.find(app, vendor)
        try:
            return await self._work(app, vendor, for_at_most)
        finally:
            async with reaching(Changes.AT_ONCE):
                await self._redis.delete(lock)

    async def _work(self, app: App, vendor: str, for_at_most: timedelta) -> Confirmation | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + for_at_most.total_seconds()
        confirmation = await self.find(app, vendor)
        while confirmation and confirmation.ended_at is None:
            confirmation = await self._remove_some(app, vendor, confirmation)
            await self._write(app, vendor, confirmation)
            if loop.time() > until:
                break
        return confirmation

    async def _remove_some(self, app: App, vendor: str, confirmation: Confirmation) -> Confirmation:
        found = await self._held.page(app, vendor, confirmation.after, _PORTION)
        if not found:
            await self._held.forget_beyond(app, vendor)
            return msgspec.structs.replace(confirmation, ended_at=self._clock.now())
        meant = [one for one in found if one.since <= confirmation.requested_at]
        dead = [one for one in await asyncio.gather(*(self._still_dead(app, one) for one in meant)) if one]
        removed = await self._registry.forget_dead(app, vendor, dead)
        await self._held.drop(app, vendor, [one.terminal_id for one in meant])
        return msgspec.structs.replace(
            confirmation,
            removed=confirmation.removed + removed,
            kept=confirmation.kept + len(meant) - removed,
            after=found[-1].terminal_id,
        )

    async def _still_dead(self, app: App, held: HeldRemoval) -> DeadToken | None:
        """The dead token, None where the terminal has another one by now."""
        with suppress(NotFound):
            terminal = await self._registry.read(app, held.terminal_id)
            if digest(terminal.token) == held.token_digest:
                return DeadToken(terminal.token, held.died_at)
        return None

    async def _write(self, app: App, vendor: str, confirmation: Confirmation) -> None:
        async with reaching(Changes.AT_ONCE):
            await self._redis.hset(_CONFIRMED, pair_of(app, vendor), msgspec.msgpack.encode(confirmation))
