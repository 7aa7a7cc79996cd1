"""All that a database of Redis holds, by key."""

from redis.asyncio import Redis


async def content_of(redis: Redis) -> dict[str, list[str]]:
    """Each key with its members: fields of a hash, members of a set, items of a list."""
    found: dict[str, list[str]] = {}
    async for raw in redis.scan_iter(count=10_000):
        found[raw.decode()] = [str(member) for member in await _members(redis, raw.decode())]
    return found


async def _members(redis: Redis, key: str) -> list[object]:
    members: list[object] = []
    match await redis.type(key):
        case b"hash":
            members += await redis.hkeys(key)
        case b"zset":
            members += await redis.zrange(key, 0, -1)
        case b"set":
            members += await redis.smembers(key)
        case b"list":
            members += await redis.lrange(key, 0, -1)
    return [member.decode("utf-8", "replace") if isinstance(member, bytes) else member for member in members]
