"""Several awaitables at once, their results in order. Knows nothing of what they do."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from typing import TypeVar

from pushgate.runtime.tasks import cancel_and_wait

T = TypeVar("T")


async def run_in_order(work: AsyncIterator[Coroutine[None, None, T]], at_once: int) -> AsyncGenerator[T]:
    """The results of the coroutines, in their order, while up to `at_once` of them run.

    The first one runs alone, and one more with each result, so that the first result comes as soon
    as if there were no others. Raises what a coroutine raises, at its place, and then what `work`
    raises. The coroutines that still run then, or when the generator is closed, are cancelled.
    """
    places = asyncio.Semaphore(1)
    begun: asyncio.Queue[asyncio.Task[T] | None] = asyncio.Queue()

    async def begin_all() -> None:
        try:
            while True:
                await places.acquire()
                begun.put_nowait(asyncio.create_task(await anext(work)))
        except StopAsyncIteration:
            pass
        finally:
            begun.put_nowait(None)

    beginning, running = asyncio.create_task(begin_all()), 1
    try:
        while task := await begun.get():
            result = await task
            places.release()
            if running < at_once:
                running += 1
                places.release()
            yield result
        await beginning
    finally:
        await cancel_and_wait(beginning)
        while not begun.empty():
            if task := begun.get_nowait():
                await cancel_and_wait(task)
