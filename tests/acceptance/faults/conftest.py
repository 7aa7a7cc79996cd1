"""A running deployment that tests share: to start all processes takes seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.faults import clocks
from tests.support.faults.deployment import Deployment, run_deployment
from tests.support.faults.scenario import reset
from tests.support.faults.terminals import register
from tests.support.shared_systems import shared

from pushgate.embedded.gearman import find_gearmand

TERMINALS = 4000


@pytest.fixture(scope="session")
def running_deployment() -> Iterator[Deployment]:
    """One for all tests that need no settings of their own, with registered terminals."""
    if not (find_gearmand() and clocks.find()):
        # In CI their absence is an error of the whole run: tests/conftest.py.
        pytest.skip("gearmand or libfaketime is not installed")
    with shared("faults", _registered()) as found:
        yield found


@contextmanager
def _registered() -> Iterator[Deployment]:
    with TemporaryDirectory(prefix="pg") as folder, run_deployment(Path(folder) / "s") as found:
        register(found, TERMINALS)
        yield found


@pytest.fixture
def deployment(running_deployment: Deployment) -> Deployment:
    """The deployment with all its processes, and vendors that have received nothing."""
    for name in ("api", "scheduler-1", "scheduler-2", "worker-1", "worker-2"):
        running_deployment.start(name)
    reset(running_deployment)
    return running_deployment


@pytest.fixture
def terminals() -> int:
    """How many terminals are registered."""
    return TERMINALS
