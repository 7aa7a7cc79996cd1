"""The capacity model: rates become cores, masters and memory."""

import pytest
from bench.capacity import BATCH, BROADCAST, BUSY, NODE_MEMORY, REPLICATION, need, registry_nodes
from hypothesis import given
from hypothesis import strategies as st

RATES = st.floats(0, 5e6)


@given(rate=RATES, kept=st.floats(0, 1e6))
def test_cores_are_as_busy_as_planned_and_memory_fits(rate: float, kept: float) -> None:
    found = need(BATCH, rate, results=kept, content=kept)
    for cores, cost in (
        (found.api, BATCH.api),
        (found.scheduler, BATCH.scheduler),
        (found.worker, BATCH.worker),
    ):
        assert cores >= 1
        assert cost * rate / 1e6 <= cores * BUSY * 1.001
        assert cores == 1 or cost * rate / 1e6 > (cores - 1) * BUSY * 0.999
    assert BATCH.redis * REPLICATION * rate / 1e6 <= found.redis * BUSY * 1.001
    assert found.memory <= found.redis * NODE_MEMORY
    assert found.cores == found.api + found.scheduler + found.worker


@pytest.mark.parametrize(
    ("terminals", "nodes"), [(1, 1), (60_000_000, 1), (100_000_000, 2), (1_000_000_000, 14)]
)
def test_the_registry_decides_over_masters_by_its_memory(terminals: int, nodes: int) -> None:
    assert registry_nodes(terminals) == nodes


def test_memory_decides_where_results_are_kept_long() -> None:
    assert (
        need(BATCH, 10_000, results=86_400 * 30, content=0).redis
        > need(BATCH, 10_000, results=0, content=0).redis
    )


def test_a_broadcast_keeps_nothing_but_bits() -> None:
    assert need(BROADCAST, 1e6, results=0, content=0).memory == 0
