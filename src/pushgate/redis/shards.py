"""Calls to several shards of an app at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from pushgate.redis.scripts import portions

T = TypeVar("T")
_AT_ONCE = 16


async def of_each(shards: Iterable[int], read: Callable[[int], Awaitable[T]]) -> dict[int, T]:
    """What is read of each of these shards, of 16 at once. Raises what `read` raises."""
    found: dict[int, T] = {}
    for some in portions(list(shards), _AT_ONCE):
        found |= zip(some, await asyncio.gather(*map(read, some)), strict=True)
    return found
