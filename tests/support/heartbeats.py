"""Heartbeats that stopped a while ago."""

from datetime import timedelta
from typing import cast

from redis.asyncio import Redis


async def fall_silent(redis: Redis, process_id: str, ago: timedelta) -> None:
    """As if the process was last heard of so long ago."""
    written = cast("bytes", await redis.hget("{q}:processes", process_id))
    seen, _, description = written.partition(b" ")
    earlier = int(seen) - ago // timedelta(milliseconds=1)
    await redis.hset("{q}:processes", process_id, f"{earlier} {description.decode()}")
