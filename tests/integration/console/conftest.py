"""The console over the same API as the API's own tests have."""

from collections.abc import AsyncIterator

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.fixtures import clients, credentials, gear, shop_settings, system_cas
from tests.support.console.client import ConsoleClient

from pushgate.domain.app import Scope

__all__ = ["clients", "credentials", "gear", "shop_settings", "system_cas"]


@pytest.fixture
async def browser(clients: ApiClients) -> AsyncIterator[ConsoleClient]:  # the fixture
    found = ConsoleClient(clients.context)
    yield found
    await found.http.aclose()


@pytest.fixture
async def shop_key(clients: ApiClients) -> str:
    return await clients.context.keys.create("shop", [Scope.READ, Scope.PUSH], "growth")


@pytest.fixture
async def console(browser: ConsoleClient, shop_key: str) -> ConsoleClient:
    """The console in a browser that is signed in to the shop."""
    await browser.sign_in(shop_key)
    return browser


@pytest.fixture
async def one_phone(clients: ApiClients) -> None:
    """The shop has a phone, `compose-1`."""
    body = {"vendor": "fcm", "token": "compose-1", "language": "en"}
    (await clients.shop.put("/v1/terminals/compose-1", json=body)).raise_for_status()


@pytest.fixture
async def operator_key(clients: ApiClients) -> str:
    return await clients.context.keys.create("", [Scope.OPERATOR], "oncall")
