"""Results of several coroutines come in order, and no more of them run than may."""

import asyncio
from collections.abc import AsyncIterator, Coroutine

import pytest

from pushgate.runtime.in_order import run_in_order


class Work:
    """Coroutines of which a later one ends earlier; counts how many run together."""

    def __init__(self, count: int, failing: int | None = None, endless_from: int = 1000) -> None:
        self.count, self.failing, self.endless_from = count, failing, endless_from
        self.running = self.most = self.cancelled = 0
        self.alone: list[int] = []

    async def __call__(self) -> AsyncIterator[Coroutine[None, None, int]]:
        for number in range(self.count):
            yield self.one(number)

    async def one(self, number: int) -> int:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if number >= self.endless_from:
                await asyncio.Event().wait()
            for _ in range(3 * (self.count - number)):
                await asyncio.sleep(0)
            if number == self.failing:
                raise KeyError(number)
            self.alone += [number] if self.running == 1 else []
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        return number


async def collect(found: AsyncIterator[int], into: list[int]) -> None:
    async for number in found:
        into.append(number)


@pytest.mark.parametrize("at_once", [1, 2, 5, 50])
async def test_results_come_in_order_and_few_run_at_once(at_once: int) -> None:
    work = Work(20)
    assert [number async for number in run_in_order(work(), at_once)] == list(range(20))
    assert work.most <= at_once
    assert 0 in work.alone, "the first one has nobody beside it"
    assert at_once in {work.most, 50}


async def test_nothing_to_do_gives_nothing() -> None:
    assert [number async for number in run_in_order(Work(0)(), 4)] == []


async def test_a_failure_comes_in_its_place_and_stops_the_others() -> None:
    work, results = Work(20, failing=7, endless_from=8), list[int]()
    with pytest.raises(KeyError):
        await collect(run_in_order(work(), 4), results)
    assert results == list(range(7))
    assert work.running == 0
    assert work.cancelled > 0


async def test_a_failure_to_find_more_work_comes_after_the_results() -> None:
    async def work() -> AsyncIterator[Coroutine[None, None, int]]:
        for number in range(3):
            yield asyncio.sleep(0, number)
        raise LookupError

    results: list[int] = []
    with pytest.raises(LookupError):
        await collect(run_in_order(work(), 2), results)
    assert results == [0, 1, 2]


async def test_a_closed_generator_leaves_nothing_running() -> None:
    work = Work(20, endless_from=5)
    results = run_in_order(work(), 4)
    assert [await anext(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    await results.aclose()
    assert work.running == 0
    assert work.cancelled > 0
