"""Concurrent look-ups share calls; each look-up gets its values, its error or its cancellation."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.runtime.coalescer import Coalescer

TIMEOUT = 5


class Store:
    """Doubles numbers, one call after the other, each when it is let go."""

    def __init__(self, *, is_open: bool = False) -> None:
        self.calls: list[list[int]] = []
        self.error: Exception | None = None
        self._is_open = is_open
        self._called: asyncio.Queue[None] = asyncio.Queue()
        self._let_go: asyncio.Queue[None] = asyncio.Queue()

    async def fetch(self, keys: Sequence[int]) -> list[int]:
        self.calls.append(list(keys))
        self._called.put_nowait(None)
        if not self._is_open:
            await self._let_go.get()
        if self.error:
            raise self.error
        return [2 * key for key in keys]

    async def called(self) -> None:
        """Wait for the next call."""
        async with asyncio.timeout(TIMEOUT):
            await self._called.get()

    def let_go(self) -> None:
        """Let one call go."""
        self._let_go.put_nowait(None)


async def test_a_lone_look_up_is_called_for_at_once() -> None:
    store = Store(is_open=True)
    assert await Coalescer(store.fetch, 10).get(1) == 2
    assert store.calls == [[1]]


async def test_look_ups_during_a_call_share_the_next_one() -> None:
    store = Store()
    coalescer = Coalescer(store.fetch, 10)
    first = asyncio.create_task(coalescer.get(1))
    await store.called()
    one, two = asyncio.create_task(coalescer.get(1)), asyncio.create_task(coalescer.get_many([3, 2, 3]))
    await asyncio.sleep(0)  # both wait
    store.let_go()
    assert await first == 2
    await store.called()
    store.let_go()
    assert (await one, await two) == (2, [6, 4, 6])
    assert store.calls == [[1], [1, 3, 2]], "a value is never older than its look-up"
    assert coalescer.is_idle


async def test_an_error_reaches_the_look_ups_of_its_call_alone() -> None:
    store = Store()
    coalescer = Coalescer(store.fetch, 10)
    failing = [asyncio.create_task(coalescer.get(key)) for key in (1, 2)]
    await store.called()
    later = asyncio.create_task(coalescer.get(3))
    store.error = ValueError("no answer")
    store.let_go()
    for task in failing:
        with pytest.raises(ValueError, match="no answer"):
            await task
    store.error = None
    store.let_go()
    assert await later == 6


@pytest.mark.parametrize("is_running", [True, False])
async def test_a_cancelled_look_up_touches_no_other(*, is_running: bool) -> None:
    store = Store()
    coalescer = Coalescer(store.fetch, 10)
    tasks = [asyncio.create_task(coalescer.get(key)) for key in (1, 2)]
    await asyncio.sleep(0)  # both wait
    if is_running:
        await store.called()
    tasks[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    store.let_go()
    assert await tasks[1] == 4


async def test_an_error_that_nobody_waits_for_is_discarded() -> None:
    """The tests' event loop reports an exception that nobody retrieved."""
    store = Store(is_open=True)
    store.error = ValueError("no answer")
    coalescer = Coalescer(store.fetch, 10)
    coalescer.prefetch(1)
    await store.called()
    store.error = None
    assert await coalescer.get(1) == 2


async def test_a_call_runs_in_no_look_ups_context() -> None:
    """The logs and the watch of one request must not take part in what is done for all."""
    request: ContextVar[str] = ContextVar("request")
    seen: list[str] = []

    async def fetch(keys: Sequence[int]) -> Sequence[int]:
        seen.append(request.get("nobody's"))
        return keys

    request.set("mine")
    await Coalescer(fetch, 10).get(1)
    assert seen == ["nobody's"]


async def test_the_pause_delays_the_next_call_and_not_the_answer() -> None:
    store, go_on = Store(is_open=True), asyncio.Event()
    coalescer = Coalescer(store.fetch, 10, pause=go_on.wait)
    assert await coalescer.get(1) == 2
    guesses = [asyncio.create_task(coalescer.get(key)) for key in (2, 3)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert store.calls == [[1]]
    go_on.set()
    assert await asyncio.gather(*guesses) == [4, 6]
    assert store.calls == [[1], [2, 3]]


async def test_closing_cancels_who_waits() -> None:
    store = Store()
    coalescer = Coalescer(store.fetch, 10)
    running = asyncio.create_task(coalescer.get(1))
    await store.called()
    waiting = asyncio.create_task(coalescer.get(2))
    await asyncio.sleep(0)
    await coalescer.close()
    for task in (running, waiting):
        with pytest.raises(asyncio.CancelledError):
            await task


@given(st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=20), st.integers(1, 7))
async def test_each_look_up_gets_its_values_in_bounded_calls(look_ups: list[list[int]], limit: int) -> None:
    store = Store(is_open=True)
    coalescer = Coalescer(store.fetch, limit)
    found = await asyncio.gather(*(coalescer.get_many(keys) for keys in look_ups))
    assert found == [[2 * key for key in keys] for keys in look_ups]
    asked = [key for keys in look_ups for key in keys]
    assert all(len(call) <= limit and len(set(call)) == len(call) for call in store.calls)
    assert {key for call in store.calls for key in call} == set(asked)
    assert len(store.calls) <= -(-len(asked) // limit)
    assert coalescer.is_idle
