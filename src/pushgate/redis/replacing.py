"""Values that are replaced only where nobody else changed them meanwhile."""

from redis.asyncio import Redis

from pushgate.redis.scripts import script


async def replace_value(redis: Redis, key: str, known: bytes, new: bytes, field: str = "") -> bool:
    """Replace a string, or a field of a hash; its expiry stays.

    Returns False where another value than the known one is there. Raises EngineUnavailable.
    """
    return await script("pushgate.redis", "replace")(redis, [key], [known, new, field]) == 1
