"""One sandbox process for all tests of this folder; each test begins with a clean record and no faults."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.support.apps import open_adapters
from tests.support.sandbox import Sandbox, start

from pushgate.adapters.contract import Adapter
from pushgate.domain.clock import SystemClock
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.loading import parse


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = start(tmp_path_factory.mktemp("vendors") / "sandbox")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
async def adapters(sandbox: Sandbox) -> AsyncIterator[dict[str, Adapter]]:
    """The four vendors' adapters, pointed at the sandbox."""
    settings = parse({"apps": {"shop": sandbox.sections()}})
    opened = open_adapters(settings, SystemClock(), NoCredentialStore(), CallbackTokens(b""))
    yield {vendor: adapter for (_, vendor), adapter in opened.items()}
    for adapter in opened.values():
        await adapter.close()
