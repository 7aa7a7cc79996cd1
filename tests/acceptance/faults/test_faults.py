"""Twenty seeds of trouble on a running system; `make soak SEEDS=200` plays any number, with more terminals."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.faults import clocks
from tests.support.faults.play import Verdict, play, register
from tests.support.faults.stage import stage

from pushgate.embedded.gearman import find_gearmand

SEEDS = 20
TERMINALS = 4000
STAGES = 2
"""Systems that play at the same time: most of a play is waiting."""


def test_whatever_fails_every_terminal_is_accounted_for_and_duplicates_are_bounded() -> None:
    """The law at every look; at the end bits, counters, API and the vendors' own record agree."""
    if not find_gearmand():
        pytest.skip("gearmand is not installed")
    if not clocks.find():
        pytest.skip("libfaketime is not installed")
    with ThreadPoolExecutor(STAGES) as plays:
        verdicts = [verdict for found in plays.map(_played, range(STAGES)) for verdict in found]
    wrong = [str(verdict) for verdict in verdicts if verdict.faults]
    assert not wrong, "\n".join(wrong)
    assert sum(verdict.states["accepted"] for verdict in verdicts) > SEEDS * TERMINALS * 4


def _played(first: int) -> list[Verdict]:
    with TemporaryDirectory(prefix="pg") as folder, stage(Path(folder) / "s") as on:
        register(on, TERMINALS)
        return [play(on, seed, TERMINALS) for seed in range(first, SEEDS, STAGES)]
