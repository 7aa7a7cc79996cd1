"""The apps that have a registry, and the number of shards with which it was created."""

from collections.abc import Awaitable, Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import portions

_KEY = f"{QUEUE}:apps"
_APPS_PER_ROUND_TRIP = 500


class RegisteredApps:
    """The registries of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def ensure_app(self, app: App) -> App:
        """The app as its registry was created; see `ensure_apps`."""
        (created,) = await self.ensure_apps([app])
        return created

    async def ensure_apps(self, apps: Sequence[App]) -> list[App]:
        """The apps as their registries were created; registries are created where there are none.

        The number of shards cannot change afterwards, because the shard of a terminal follows from
        it.
        """
        found: list[App] = []
        for some in portions(apps, _APPS_PER_ROUND_TRIP):
            async with reaching(), self._redis.pipeline(transaction=False) as pipe:
                for app in some:
                    pipe.hsetnx(_KEY, app.name, app.shards)
                pipe.hmget(_KEY, [app.name for app in some])
                *_, shards = await pipe.execute()
            found += [
                App(app.name, int(stored or app.shards)) for app, stored in zip(some, shards, strict=True)
            ]
        return found

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
