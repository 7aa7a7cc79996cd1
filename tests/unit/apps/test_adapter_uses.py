"""A replaced adapter closes when its last user has ended, and not before."""

import asyncio
from datetime import timedelta

from tests.support.apps import BrokenAdapter, ClosingAdapter

from pushgate.apps.adapter_uses import AdapterUses

SOON, LONG = timedelta(milliseconds=1), timedelta(minutes=1)


async def until_closed(adapter: ClosingAdapter) -> None:
    async with asyncio.timeout(10):
        await adapter.closed.wait()


async def test_an_adapter_without_users_closes() -> None:
    uses, adapter = AdapterUses(SOON, LONG), ClosingAdapter()
    uses.retire([BrokenAdapter(), adapter])
    await until_closed(adapter)


async def test_an_adapter_stays_open_for_users_from_before_its_replacement() -> None:
    uses, first, second = AdapterUses(SOON, LONG), ClosingAdapter(), ClosingAdapter()
    release_first = uses.hold()
    uses.retire([first])
    release_second = uses.hold()
    uses.retire([second])
    await asyncio.sleep(0.05)
    assert not first.closed.is_set()
    release_first()
    await until_closed(first)
    assert not second.closed.is_set()
    release_second()
    await until_closed(second)


async def test_users_from_after_its_replacement_do_not_keep_it_open() -> None:
    uses, adapter = AdapterUses(SOON, LONG), ClosingAdapter()
    uses.retire([adapter])
    uses.hold()
    await until_closed(adapter)


async def test_a_user_that_hangs_keeps_an_adapter_open_for_a_limited_time() -> None:
    uses, adapter = AdapterUses(SOON, SOON), ClosingAdapter()
    uses.hold()
    uses.retire([adapter])
    await until_closed(adapter)


async def test_the_end_of_the_process_waits_for_nobody() -> None:
    uses, adapter = AdapterUses(LONG, LONG), ClosingAdapter()
    uses.hold()
    uses.retire([adapter])
    await uses.close()
    assert adapter.closed.is_set()
