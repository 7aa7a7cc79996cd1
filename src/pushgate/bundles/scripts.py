"""Running the scripts of small messages on one home; `home.lua` lists the keys."""

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import Value, script


async def run(redis: Redis, name: str, app: App, shard: int, *args: Value) -> object:
    """Run a script of this package. Raises EngineUnavailable."""
    return await script("pushgate.bundles", name)(redis, [tag(app, shard)], args)
