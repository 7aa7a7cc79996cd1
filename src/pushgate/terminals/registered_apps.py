"""The apps that have a registry, and the number of shards with which it was created."""

from collections.abc import Awaitable
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_KEY = f"{QUEUE}:apps"


class RegisteredApps:
    """The registries of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def ensure_app(self, app: App) -> App:
        """The app as its registry was created; the registry is created if there is none.

        The number of shards cannot change afterwards, because the shard of a terminal follows from
        it.
        """
        async with reaching():
            await self._redis.hsetnx(_KEY, app.name, app.shards)
            shards = await self._redis.hget(_KEY, app.name)
        return App(app.name, int(shards or app.shards))

    async def all_apps(self) -> list[App]:
        """Every app that has a registry."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_KEY))
        return [App(name.decode(), int(shards)) for name, shards in rows.items()]

    async def find_app(self, name: str) -> App | None:
        """The app as its registry was created, None where it has no registry."""
        async with reaching():
            shards = await self._redis.hget(_KEY, name)
        return App(name, int(shards)) if shards else None
