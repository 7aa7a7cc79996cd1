"""Many calls at once: every item has one result, and an error of the vendor loses none that was given."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.adapters.flight import chunks, fly
from pushgate.errors import VendorUnavailable


@given(st.integers(0, 50), st.integers(1, 8))
async def test_every_item_has_one_result(items: int, at_once: int) -> None:
    async def double(item: int) -> int:
        await asyncio.sleep(0)
        return item * 2

    assert sorted([result async for result in fly(range(items), double, at_once)]) == [
        (n, n * 2) for n in range(items)
    ]


async def test_no_more_than_so_many_are_in_flight() -> None:
    flying = most = 0

    async def call(item: int) -> None:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0)
        flying -= 1

    assert len([result async for result in fly(range(50), call, 7)]) == 50
    assert most == 7


async def test_after_an_error_nothing_new_begins_and_what_flies_still_lands() -> None:
    begun: list[int] = []
    gate, third = asyncio.Event(), asyncio.Event()

    async def call(item: int) -> str:
        begun.append(item)
        if item == 1:
            await third.wait()
            gate.set()
            raise VendorUnavailable("503", "down")
        if item == 2:
            third.set()
        await gate.wait()
        return "landed"

    landed: list[int] = []

    async def collect() -> None:
        async for index, _ in fly(range(100), call, 3):
            landed.append(index)

    with pytest.raises(VendorUnavailable):
        await collect()
    assert sorted(begun) == [0, 1, 2]
    assert sorted(landed) == [0, 2]


async def test_a_fault_of_our_own_is_not_swallowed() -> None:
    async def call(item: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async for _ in fly(range(3), call, 2):
            pass


async def test_closing_early_cancels_what_flies() -> None:
    cancelled = 0
    forever = asyncio.Event()

    async def call(item: int) -> int:
        nonlocal cancelled
        if item:
            try:
                await forever.wait()
            except asyncio.CancelledError:
                cancelled += 1
                raise
        return item

    flight = fly(range(3), call, 3)
    assert await anext(flight) == (0, 0)
    await flight.aclose()  # type: ignore[attr-defined]  # an async generator has it
    assert cancelled == 2


@given(st.lists(st.text(), max_size=50), st.integers(1, 7))
def test_chunks_keep_order_and_size(tokens: list[str], size: int) -> None:
    parts = chunks(tokens, size)
    assert [token for part in parts for token in part] == tokens
    assert all(0 < len(part) <= size for part in parts)
