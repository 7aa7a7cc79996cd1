"""Apps, and vendors of apps, that a call has paused. Nothing is sent for them until they are
resumed.

Every process follows the pauses, so that no push has to ask Redis for them. Pauses last until they
are ended, whatever restarts. `{q}:pauses` is a hash: `<app>` or `<app>:<vendor>` -> the pause as
JSON.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.errors import EngineUnavailable
from pushgate.fleet.pause import Pause, Paused
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.runtime import logs

FOLLOW_EVERY = timedelta(milliseconds=500)
"""How soon a process knows of a pause, and of its end."""
_KEY = f"{QUEUE}:pauses"
_log = logs.get("fleet")

_decode = msgspec.json.Decoder(Pause).decode


class Pauses:
    """The pauses of all apps. Calls to Redis raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._known: Mapping[Paused, Pause] = {}

    def find(self, app: str, vendor: str = "") -> Pause | None:
        """The pause of the app, or else of its vendor, as this process knows it; None where neither
        is paused.
        """
        known = self._known
        if not known:
            return None
        return known.get((app, "")) or (known.get((app, vendor)) if vendor else None)

    @property
    def paused_apps(self) -> list[str]:
        """The apps that are paused as a whole, as this process knows them."""
        return [app for app, vendor in self._known if not vendor]

    async def read(self) -> Mapping[Paused, Pause]:
        """All pauses as they are now."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_KEY))
        return {_parse(field): _decode(value) for field, value in rows.items()}

    async def refresh(self) -> set[Paused]:
        """Read all pauses; returns those that ended since the last reading."""
        before, self._known = self._known, await self.read()
        return set(before) - set(self._known)

    async def follow(self) -> None:
        """Refresh until cancelled. While Redis is out of reach, the known pauses stay."""
        while True:
            # Redis keeps no messages for processes that are not listening, so each process has to
            # poll.
            await asyncio.sleep(FOLLOW_EVERY.total_seconds())
            try:
                await self.refresh()
            except EngineUnavailable as error:
                _log.warning("pauses cannot be read", action="pauses_unread", error=str(error))

    async def pause(self, app: str, vendor: str, pause: Pause) -> Pause:
        """Pause an app's vendor, or the whole app where `vendor` is ''; returns the pause that is
        in force. An earlier pause stays.
        """
        async with reaching(Changes.AT_ONCE):
            await self._redis.hsetnx(_KEY, _field(app, vendor), msgspec.json.encode(pause))
        await self.refresh()
        return self._known.get((app, vendor), pause)

    async def resume(self, app: str, vendor: str) -> Pause | None:
        """End a pause; returns the pause that was in force, None where there was none."""
        before = (await self.read()).get((app, vendor))
        async with reaching(Changes.AT_ONCE):
            await self._redis.hdel(_KEY, _field(app, vendor))
        await self.refresh()
        return before


def _field(app: str, vendor: str) -> str:
    return f"{app}:{vendor}" if vendor else app


def _parse(field: bytes) -> Paused:
    app, _, vendor = field.decode().partition(":")
    return app, vendor
