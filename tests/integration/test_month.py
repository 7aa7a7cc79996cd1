"""A month of messages in small: nothing of it stays in Redis. `bench.month` has the whole one."""

from datetime import timedelta
from pathlib import Path

import pytest
from bench.month import Scale, simulate
from tests.support.faults import clocks

DAY = timedelta(days=1)
SCALE = Scale(
    messages=20_000,
    singles=400,
    broadcasts=1,
    terminals=2000,
    days=2,
    retention=3 * DAY,
    content_retention=DAY,
    seed=1,
)


async def test_redis_forgets_all_messages_and_their_contents_before(tmp_path: Path) -> None:
    if not clocks.find():
        pytest.skip("libfaketime is not installed")
    outcome = await simulate(tmp_path, SCALE, print)
    assert outcome.faults == []
    assert 0 < outcome.with_content < outcome.readable
    assert outcome.in_batches <= 60
    assert outcome.alone <= 250
