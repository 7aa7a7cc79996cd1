"""The whole system while servers of its store fail; `make soak-cluster SEEDS=100` plays any number,
with more terminals.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.faults import clocks
from tests.support.faults.scenario import ScenarioResult
from tests.support.faults.server_play import run_on_cluster, run_on_sentinels, run_play

from pushgate.embedded.gearman import find_gearmand

CLUSTER_SEEDS = 8
SENTINEL_SEEDS = 2
TERMINALS = 2500


def test_whatever_server_fails_no_terminal_is_lost_and_duplicates_are_bounded() -> None:
    """Masters are killed, frozen and fall behind, slots move, and processes die meanwhile."""
    if not find_gearmand():
        pytest.skip("gearmand is not installed")
    if not clocks.find():
        pytest.skip("libfaketime is not installed")
    # Plays mostly wait for failovers, so that both run at the same time.
    with ThreadPoolExecutor(2) as pool:
        on_cluster, on_sentinels = pool.submit(_play_on_cluster), pool.submit(_play_on_sentinels)
    results = [*on_cluster.result(), *on_sentinels.result()]
    failed = [str(result) for result in results if result.faults]
    assert not failed, "\n".join(failed)
    assert sum(result.states["accepted"] for result in results) > len(results) * TERMINALS


def _play_on_cluster() -> list[ScenarioResult]:
    with TemporaryDirectory(prefix="pg") as folder, run_on_cluster(Path(folder) / "s", TERMINALS) as servers:
        return [run_play(servers, seed, TERMINALS) for seed in range(CLUSTER_SEEDS)]


def _play_on_sentinels() -> list[ScenarioResult]:
    with (
        TemporaryDirectory(prefix="pg") as folder,
        run_on_sentinels(Path(folder) / "s", TERMINALS) as servers,
    ):
        return [run_play(servers, seed, TERMINALS) for seed in range(SENTINEL_SEEDS)]
