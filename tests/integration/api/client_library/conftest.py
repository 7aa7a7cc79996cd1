"""The client library, asynchronous and synchronous by the same tests."""

from collections.abc import AsyncIterator

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.served import serve
from tests.support.client_library.opening import Opener, key_of, open_async, open_sync

from pushgate_client import AsyncPushgate


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(params=[open_async, open_sync], ids=["async", "sync"])
def opener(request: pytest.FixtureRequest) -> Opener:
    """Opens a client of either kind."""
    found: Opener = request.param
    return found


@pytest.fixture
async def address(clients: ApiClients) -> AsyncIterator[str]:
    """The served API."""
    async with serve(clients) as served:
        yield f"http://127.0.0.1:{served.port}"


@pytest.fixture
async def pushgate(clients: ApiClients, address: str, opener: Opener) -> AsyncIterator[AsyncPushgate]:
    """A client with the shop's key."""
    async with opener(address, key_of(clients.shop)) as client:
        yield client
