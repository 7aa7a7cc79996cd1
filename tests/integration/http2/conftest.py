"""Each test of this folder runs on asyncio's event loop and on uvloop, which workers use."""

import asyncio
from typing import Any

import pytest
import uvloop
from tests.support.http2.results import Run
from tests.support.http2.servers import Certificates


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run[Any]:
    """Runs a coroutine on one of the event loops."""
    return asyncio.run if request.param == "asyncio" else uvloop.run


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("tls"))
