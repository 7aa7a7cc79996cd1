"""Sets of slots equal plain sets, in both forms and in both at once; a message to a few terminals
of a large app stays small, and a plan to many costs Redis little.
"""

import itertools
import random
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.accounting import APP, GROUP, assert_law, bits_of
from tests.support.blocks import open_blocks
from tests.support.clock import SetClock
from tests.support.ledger import LEASE, message_shard
from tests.support.redis_work import work

from pushgate.domain import bitmaps
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.message_sets import MessageSets, blocks_in
from pushgate.ledger.values import Block, MessageShard, Move, Planned
from pushgate.stores import Stores

WHOLE = (1 << 1024) - 1
BLOCKS = [Block(GROUP, 1), Block(GROUP, 63), Block(Group("fcm", "ja"), 64), Block(GROUP, 129)]
_runs = itertools.count()

sizes = st.sampled_from([0, 1, 5, 63, 64, 65, 400, 1024])
moves = st.lists(
    st.tuples(st.sampled_from(BLOCKS), sizes, st.sampled_from([State.ACCEPTED, State.INVALID])), max_size=8
)


def some_slots(count: int, seed: int) -> int:
    return bitmaps.from_offsets(random.Random(seed).sample(range(1024), count))  # test data


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(planned=st.lists(sizes, min_size=4, max_size=4), steps=moves, ended=st.booleans())
async def test_sets_equal_plain_sets_after_any_moves(
    redis: Redis,
    clock: SetClock,
    planned: list[int],
    steps: list[tuple[Block, int, State]],
    ended: bool,
) -> None:
    stores, shard = Stores.open(redis, clock, timedelta(days=30)), message_shard(clock, f"sets{next(_runs)}")
    await open_blocks(redis, APP, BLOCKS)
    targeted = {block: some_slots(size, size) for block, size in zip(BLOCKS, planned, strict=True) if size}
    expected: dict[State, dict[Block, int]] = {State.PENDING: dict(targeted)}
    await stores.plans.write(shard, [Planned(block, bits) for block, bits in targeted.items()])
    for number, (block, size, state) in enumerate(steps):
        wanted = some_slots(size, number)
        moved = expected[State.PENDING].get(block, 0) & wanted
        recorded = await stores.outcomes.record(shard, "w", LEASE, [], [Move(block, wanted, state)])
        assert recorded.moved == [moved]
        _move(expected, block, moved, state)
    assert set(await stores.pending.blocks(shard)) == {
        b for b, bits in expected[State.PENDING].items() if bits
    }
    if ended:
        await stores.pending.end(APP, shard.message_id, shard.keep_until, State.CANCELLED)
        for block, bits in list(expected[State.PENDING].items()):
            _move(expected, block, bits, State.CANCELLED)
        assert await stores.pending.blocks(shard) == []
    await _assert_equal(redis, shard, expected)
    await assert_law(redis, stores.results, [shard])


def _move(expected: dict[State, dict[Block, int]], block: Block, bits: int, to: State) -> None:
    if bits:
        expected[State.PENDING][block] &= ~bits
        there = expected.setdefault(to, {})
        there[block] = there.get(block, 0) | bits


async def _assert_equal(
    redis: Redis, shard: MessageShard, expected: Mapping[State, Mapping[Block, int]]
) -> None:
    sets = MessageSets(redis)
    layout = await sets.layout(shard.key)
    by_range = await sets.read(shard.key, layout, layout.ranges, list(State))
    for index, state in enumerate(State):
        found = await bits_of(redis, shard, state.value)
        assert found == {block.number: bits for block, bits in expected.get(state, {}).items() if bits}
        read = [blocks_in(number, bits[index]) for number, bits in by_range.items()]
        assert dict(itertools.chain.from_iterable(read)) == found


async def test_a_message_to_a_few_of_a_large_shard_has_no_strings_of_bits(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    blocks = [Block(GROUP, 100 * n) for n in range(100)]
    await open_blocks(redis, APP, blocks)
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(block, 1 << 500) for block in blocks])
    await stores.leases.take(shard, "w", LEASE, blocks[:1])
    await stores.outcomes.record(shard, "w", LEASE, [], [Move(b, 1 << 500, State.ACCEPTED) for b in blocks])
    size = sum([await redis.memory_usage(key) or 0 async for key in redis.scan_iter(f"{shard.key}:*")])
    assert size < 5000
    assert (await stores.results.report(APP, "m1")).states["accepted"] == 100


async def test_bits_of_a_range_without_pending_slots_are_removed(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    shard, blocks = message_shard(clock), [Block(GROUP, 0), Block(GROUP, 1)]
    await stores.plans.write(shard, [Planned(block, WHOLE) for block in blocks])
    pending = f"{shard.key}:pending:0"
    for block, left in zip(blocks, (1, 0), strict=True):
        assert await redis.exists(pending)
        await stores.outcomes.record(shard, "w", LEASE, [], [Move(block, WHOLE, State.ACCEPTED)])
        assert await redis.exists(pending) == left


@pytest.mark.parametrize("ranges", [40])
async def test_a_plan_to_many_writes_a_string_for_each_range(
    stores: Stores, redis: Redis, clock: SetClock, ranges: int
) -> None:
    blocks = [Block(GROUP, number) for number in range(ranges * bitmaps.BLOCKS_PER_RANGE)]
    await open_blocks(redis, APP, blocks)
    plan = [Planned(block, WHOLE) for block in blocks]
    done = await work(redis, stores.plans.write(message_shard(clock), plan))
    assert done.calls["set"] - done.calls["evalsha"] - done.calls.get("eval", 0) <= 2 * ranges
    assert done.calls["hset"] < 2 * ranges
