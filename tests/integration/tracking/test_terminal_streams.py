"""Lists of many terminals of a large message: whole, in the order of their slots, and in the same
memory whatever their length.
"""

import csv
import io
import tracemalloc
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.blocks import open_blocks
from tests.support.clock import SetClock
from tests.support.messages import message

from pushgate.api.line_streams import ListFormat
from pushgate.api.mapping.message_terminals import COLUMNS
from pushgate.api.resources.message_terminals import lines_of
from pushgate.domain.app import App
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, Failure, MessageShard, Move, Planned
from pushgate.stores import Stores
from pushgate.tracking.terminal_filters import TerminalFilter

APP, EN = App("shop"), Group("apns", "en")
WHOLE = (1 << 1024) - 1
REFUSED = Failure("apns", "TooMany", "a reason")


async def stored(stores: Stores, redis: Redis, clock: SetClock, blocks: list[Block]) -> MessageShard:
    """A large message to all slots of these blocks."""
    await open_blocks(redis, APP, blocks)
    one = message(clock)
    await stores.messages.put(one)
    shard = MessageShard(APP, 0, one.id, stores.retention.keep_until(one))
    await stores.plans.write(shard, [Planned(block, WHOLE) for block in blocks])
    return shard


async def test_a_whole_list_takes_the_same_memory_whatever_its_length(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    shard = await stored(stores, redis, clock, [Block(EN, number) for number in range(40)])
    portions = await stores.tracked.terminals.stream(APP, shard.message_id, TerminalFilter.PENDING)
    lines = 0
    tracemalloc.start()
    try:
        async for part in lines_of(portions, ListFormat.NDJSON):
            lines += part.count(b"\n")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lines == 40 * 1024
    assert peak < 12_000_000, "all of them at once take 80 MB"


@pytest.mark.parametrize("limit", [1, 7, 1000])
async def test_pages_of_few_among_many_are_whole_and_in_order(
    redis: Redis, clock: SetClock, limit: int
) -> None:
    """In ranges with many slots, and in those with few."""
    stores = Stores.open(redis, clock, timedelta(days=30))
    numbers = [0, 1, 63, 64, 129, 130]
    shard = await stored(stores, redis, clock, [Block(EN, number) for number in numbers])
    failed = {number: 1 << number % 5 | 1 << 1000 for number in numbers}
    moves = [Move(Block(EN, number), bits, State.REJECTED, REFUSED) for number, bits in failed.items()]
    await stores.outcomes.record(shard, "w", timedelta(seconds=15), [], moves)
    found, cursor = list[int](), None
    while True:
        rows, cursor = await stores.tracked.terminals.page(
            APP, shard.message_id, TerminalFilter.FAILED, cursor, limit
        )
        assert len(rows) <= limit
        assert {row.failure for row in rows} <= {REFUSED}
        found += [row.place.slot for row in rows]
        if cursor is None:
            break
    assert found == [number * 1024 + offset for number in numbers for offset in (number % 5, 1000)]


async def test_csv_has_a_line_of_names_even_where_nobody_is_listed(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    one = message(clock)
    await stores.messages.put(one)
    portions = await stores.tracked.terminals.stream(APP, one.id, TerminalFilter.TARGETED)
    text = b"".join([part async for part in lines_of(portions, ListFormat.CSV)]).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [list(COLUMNS)]
