"""Ending asyncio tasks for certain."""

import asyncio

_AGAIN_AFTER = 0.2  # s


async def cancel_and_wait(task: "asyncio.Task[None]") -> None:
    """Cancel a task, again and again until it is done; what it raises is not told.

    Until Python 3.12 `asyncio.wait_for`, which redis-py uses, may swallow a cancellation that comes
    at the moment its future is done: a loop that only ever ends by being cancelled would then go on
    for ever.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_AGAIN_AFTER)
    if not task.cancelled():
        task.exception()
