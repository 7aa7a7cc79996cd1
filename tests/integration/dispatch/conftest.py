"""Gearman servers: each test has its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.engines import Engine, gearman_engine, gearman_servers


@pytest.fixture(params=gearman_servers())
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    engine = gearman_engine(request.param, tmp_path).start()
    yield engine
    if engine.process:
        engine.stop()


@pytest.fixture
def gearmand(tmp_path: Path) -> Iterator[Engine]:
    if "gearmand" not in gearman_servers():
        pytest.skip("gearmand is not installed; in CI its absence is an error of the whole run")
    engine = gearman_engine("gearmand", tmp_path).start()
    yield engine
    if engine.process:
        engine.stop()
