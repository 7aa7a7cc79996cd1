"""Waiting for conditions that set no event: of a store, of another process, of a server."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until a condition holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  # it sets no event of ours
            await asyncio.sleep(0.01)


async def until_true(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until a condition holds that needs no waiting itself. Raises TimeoutError."""

    async def holds() -> bool:
        return condition()

    await until(holds, seconds)
