"""Ending tasks: also those that miss a cancellation."""

import asyncio

from pushgate.runtime import tasks


async def test_a_task_that_swallows_a_cancellation_ends_all_the_same() -> None:
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


async def test_what_a_task_raises_is_not_told() -> None:
    async def fails() -> None:
        raise ValueError

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await tasks.cancel_and_wait(task)
    assert task.done()
