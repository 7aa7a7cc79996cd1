"""A running system that tests share: to start all processes takes seconds."""

from collections.abc import Iterator

import pytest
from tests.support.shared_systems import shared
from tests.support.system import System, running


@pytest.fixture(scope="session")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for all tests that neither stop its processes nor need settings of their own."""
    with shared("system", running(tmp_path_factory.mktemp("system"))) as system:
        yield system


@pytest.fixture
def system(running_system: System) -> System:
    """The system that tests share, with vendors that have received nothing and have no faults."""
    running_system.reset_vendors()
    return running_system
