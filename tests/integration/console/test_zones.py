"""Today begins at midnight in the zone of the browser, on every page."""

import pytest
from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient

from pushgate.domain.app import Scope


@pytest.mark.parametrize("path", ["/", "/audience", "/vendors"])
async def test_the_figures_of_today_are_those_of_the_readers_day(
    browser: ConsoleClient, clients: ApiClients, path: str
) -> None:
    await browser.sign_in(await clients.context.keys.create("shop", [Scope.ADMIN]))
    browser.http.cookies.set("pg_zone", "Asia%2FShanghai", domain="localhost.local")
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert "/v1/activity?timezone=Asia" in answer.text
