"""From version 2 to version 3: registries, and indexes of messages.

Version 3 keeps rows of terminals with numbered names in place of texts, sets of terminals by what
rows say (terms), and an index of large messages by push time. Accounts of messages are the same.

What version 2 did not store is not made up: a terminal was registered first, and last seen, when it
was written last; it lists no small messages from before; counts of the day begin anew.
"""

from collections.abc import Awaitable, Mapping
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.migrations.step import Progress
from pushgate.migrations.v2_messages import convert_messages, convert_segments, count_messages
from pushgate.migrations.v2_registry import clean_up_shard, convert_shard, count_terminals
from pushgate.terminals.registered_apps import RegisteredApps


class FromVersion2:
    """The step; see `Step`."""

    source = 2

    async def count(self, redis: Redis) -> Mapping[str, int]:
        """How many terminals and large messages there are."""
        apps = await RegisteredApps(redis).all_apps()
        return {
            "apps": len(apps),
            "terminals": sum([await count_terminals(redis, app) for app in apps]),
            "large messages": sum([await count_messages(redis, app) for app in apps]),
        }

    async def convert(self, redis: Redis, progress: Progress) -> None:
        """Convert app by app and shard by shard."""
        for app in await self._apps(redis):
            await convert_messages(redis, app, progress)
            for shard in range(app.shards):
                await convert_shard(redis, app, shard, progress)
                await convert_segments(redis, app, shard)

    async def clean_up(self, redis: Redis) -> None:
        """Delete the notes of all shards."""
        for app in await self._apps(redis):
            for shard in range(app.shards):
                await clean_up_shard(redis, app, shard)

    async def _apps(self, redis: Redis) -> list[App]:
        return await cast("Awaitable[list[App]]", RegisteredApps(redis).all_apps())
