"""Merges async generators: items of all of them, in the order in which they come."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


async def merge(generators: Sequence[AsyncGenerator[Item, None]]) -> AsyncIterator[Item]:
    """Run the generators at the same time and yield their items.

    Closing the merged generator closes all of them.
    """
    steps = {asyncio.ensure_future(_next_item(generator)): generator for generator in generators}
    try:
        while steps:
            done, _ = await asyncio.wait(steps, return_when=asyncio.FIRST_COMPLETED)
            for step in done:
                generator = steps.pop(step)
                for item in step.result():
                    steps[asyncio.ensure_future(_next_item(generator))] = generator
                    yield item
    finally:
        for step in steps:
            step.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        for generator in generators:
            await generator.aclose()


async def _next_item(generator: AsyncIterator[Item]) -> list[Item]:
    """Return the next item in a list, an empty list at the end."""
    try:
        return [await anext(generator)]
    except StopAsyncIteration:
        return []
