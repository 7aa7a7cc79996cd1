"""Removes some members of a hash, set or sorted set, a portion at a time."""

from collections.abc import Callable, Iterable
from typing import cast

from redis.asyncio import Redis

from pushgate.redis.client import reaching

_PORTION = 1_000


async def remove_members(
    redis: Redis, key: str, pattern: str, is_wanted: Callable[[str], bool], cursor: int
) -> tuple[int, int]:
    """Remove wanted members that match the pattern, in one portion of the key from a cursor on.

    Returns the next cursor, 0 at the end, and how many were removed. A key of another type, or
    none, has no members. Raises EngineUnavailable.
    """
    async with reaching():
        match cast("bytes", await redis.type(key)):
            case b"hash":
                cursor, fields = await redis.hscan(key, cursor, pattern, _PORTION)
                own = _wanted(fields, is_wanted)
                return cursor, await redis.hdel(key, *own) if own else 0
            case b"zset":
                cursor, scores = await redis.zscan(key, cursor, pattern, _PORTION)
                own = _wanted([member for member, *_ in scores], is_wanted)
                return cursor, await redis.zrem(key, *own) if own else 0
            case b"set":
                cursor, members = await redis.sscan(key, cursor, pattern, _PORTION)
                own = _wanted(members, is_wanted)
                return cursor, await redis.srem(key, *own) if own else 0
    return 0, 0


def _wanted(members: Iterable[object], is_wanted: Callable[[str], bool]) -> list[str]:
    names = (member.decode("utf-8", "replace") for member in members if isinstance(member, bytes))
    return [name for name in names if is_wanted(name)]
