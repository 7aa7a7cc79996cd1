"""Two years of a registry in small; `make long-life` lives them with more terminals."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.long_life import LongLife
from tests.support.long_life_model import Model

STEPS, DAYS, PEAK = 26, 28, 1500
MAX_BYTES_A_SLOT, MOVES_AND_BITS = 80, 200_000


@pytest.mark.parametrize("seed", [1])
async def test_blocks_and_memory_are_bounded_and_nobody_is_mixed_up(
    redis: Redis, clock: SetClock, seed: int
) -> None:
    life = LongLife(redis, clock, Model(seed, PEAK, STEPS), timedelta(days=DAYS))
    figures = await life.live(STEPS)
    assert figures.moved > 300
    assert figures.returned > figures.blocks_opened, "blocks went from group to group"
    assert figures.in_use == 3, "one a group"
    assert figures.memory - figures.memory_of_new < MAX_BYTES_A_SLOT * 1024 * figures.in_use + MOVES_AND_BITS
