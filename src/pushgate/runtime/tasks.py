"""Reliable cancellation of asyncio tasks."""

import asyncio
from typing import TypeVar

T = TypeVar("T")

_RETRY_INTERVAL = 0.2
"""Seconds after which a task that has not ended is cancelled again."""


async def cancel_and_wait(task: "asyncio.Task[T]") -> None:
    """Cancel a task until it has ended. Its exception is discarded.

    Before Python 3.12, `asyncio.wait_for` may swallow a cancellation that arrives when its future
    has just been resolved. redis-py uses it: a loop that ends by cancellation alone would run on.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_RETRY_INTERVAL)
    if not task.cancelled():
        task.exception()
