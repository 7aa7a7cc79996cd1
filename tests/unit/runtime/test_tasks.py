"""Cancellation of tasks, also of those that miss one."""

import asyncio

from pushgate.runtime import tasks


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    missed: list[None] = []

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                missed.append(None)
                if len(missed) > 1:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await tasks.cancel_and_wait(task)
    assert task.done()
    assert len(missed) == 2


async def test_the_exception_of_a_task_is_discarded() -> None:
    async def fails() -> None:
        raise ValueError

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await tasks.cancel_and_wait(task)
    assert task.done()
