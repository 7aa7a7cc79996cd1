"""One sandbox process for all tests of this folder; each test begins with a clean record and no faults."""

import gc
import warnings
from collections.abc import AsyncIterator, Iterator

import pytest
from tests.integration.sandbox import Sandbox, start

from pushgate.adapters.contract import Adapter
from pushgate.clock import SystemClock
from pushgate.http2.bearer import NoStore
from pushgate.settings import parse
from pushgate.wiring import open_adapters


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = start(tmp_path_factory.mktemp("vendors") / "sandbox")
    yield sandbox
    sandbox.stop()


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """httpx leaves the socket of a request that is cut off in the middle of a TLS handshake to the garbage collector.

    That is done here, where it is known, so that it does not come as a warning in the middle of some other test.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
async def adapters(sandbox: Sandbox) -> AsyncIterator[dict[str, Adapter]]:
    """The four vendors' adapters, pointed at the sandbox."""
    settings = parse({"apps": {"shop": sandbox.credentials.sections()}})
    opened = open_adapters(settings, SystemClock(), NoStore())
    yield {vendor: adapter for (_, vendor), adapter in opened.items()}
    for adapter in opened.values():
        await adapter.close()
