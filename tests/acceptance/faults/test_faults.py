"""A few scenarios of faults; `make soak SEEDS=200` runs any number, with more terminals."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.faults import clocks
from tests.support.faults.deployment import run_deployment
from tests.support.faults.scenario import ScenarioResult, run_scenario
from tests.support.faults.terminals import register

from pushgate.embedded.gearman import find_gearmand

SEEDS = 4
TERMINALS = 3000
DEPLOYMENTS = 2
"""How many run at the same time: scenarios mostly wait."""


def test_whatever_fails_every_terminal_is_accounted_for_and_duplicates_are_bounded() -> None:
    """Counts add up at any time; at the end bits, API and the vendors' records agree."""
    if not find_gearmand():
        pytest.skip("gearmand is not installed")
    if not clocks.find():
        pytest.skip("libfaketime is not installed")
    with ThreadPoolExecutor(DEPLOYMENTS) as pool:
        outcomes = [outcome for found in pool.map(_run, range(DEPLOYMENTS)) for outcome in found]
    failed = [str(outcome) for outcome in outcomes if outcome.faults]
    assert not failed, "\n".join(failed)
    assert sum(outcome.states["accepted"] for outcome in outcomes) > SEEDS * TERMINALS * 4


def _run(first: int) -> list[ScenarioResult]:
    with TemporaryDirectory(prefix="pg") as folder, run_deployment(Path(folder) / "s") as deployment:
        register(deployment, TERMINALS)
        return [run_scenario(deployment, seed, TERMINALS) for seed in range(first, SEEDS, DEPLOYMENTS)]
