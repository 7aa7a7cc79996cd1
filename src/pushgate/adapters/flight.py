"""Many requests in flight at once, their results as they come. Shared by all vendors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from pushgate.errors import VendorError

Item = TypeVar("Item")
Result = TypeVar("Result")


async def fly(
    items: Sequence[Item], call: Callable[[Item], Awaitable[Result]], at_once: int
) -> AsyncIterator[tuple[int, Result]]:
    """Call for every item, at most `at_once` at a time; yield (index, result) as they come.

    After the first VendorError no further call begins; those in flight end and their results are yielded, then the
    error is raised. Closing the iterator cancels what is in flight.
    """
    results: asyncio.Queue[tuple[int, Result] | None] = asyncio.Queue()
    indexes = iter(range(len(items)))
    failures: list[VendorError] = []

    async def work() -> None:
        try:
            for index in indexes:  # one iterator for all: each index goes to one of them
                if failures:
                    return
                results.put_nowait((index, await call(items[index])))
        except VendorError as error:
            failures.append(error)
        finally:
            results.put_nowait(None)

    tasks = [asyncio.create_task(work()) for _ in range(min(at_once, len(items)))]
    try:
        working = len(tasks)
        while working:
            result = await results.get()
            if result is None:
                working -= 1
            else:
                yield result
        for task in tasks:
            task.result()  # an error that is none of the vendor's
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failures:
        raise failures[0]


def chunks(tokens: Sequence[str], size: int) -> list[Sequence[str]]:
    """The tokens in order, at most `size` together."""
    return [tokens[start : start + size] for start in range(0, len(tokens), size)]
