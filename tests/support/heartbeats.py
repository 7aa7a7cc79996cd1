"""Heartbeats that stopped some time ago."""

from datetime import timedelta
from typing import cast

from redis.asyncio import Redis


async def fall_silent(redis: Redis, process_id: str, ago: timedelta) -> None:
    """Move the last heartbeat of the process this far into the past."""
    written = cast("bytes", await redis.hget("{q}:processes", process_id))
    seen, _, description = written.partition(b" ")
    earlier = int(seen) - ago // timedelta(milliseconds=1)
    await redis.hset("{q}:processes", process_id, f"{earlier} {description.decode()}")
