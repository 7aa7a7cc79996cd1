"""The page of a phone changes opt-outs and quiet hours, of the phone and of its person."""

import pytest
from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient

from pushgate.domain.app import Scope

PAGE = "/terminals/hours-1"


@pytest.fixture
async def phone(clients: ApiClients, browser: ConsoleClient) -> ConsoleClient:
    """A browser whose key may change phones. Ann has the phone `hours-1`."""
    body = {"vendor": "fcm", "token": "hours-1", "language": "en", "user": "ann"}
    (await clients.shop.put("/v1/terminals/hours-1", json=body)).raise_for_status()
    scopes = [Scope.READ, Scope.TERMINALS_READ, Scope.TERMINALS_WRITE]
    await browser.sign_in(await clients.context.keys.create("shop", scopes, "support"))
    return browser


async def test_quiet_hours_of_a_person_are_set_refused_and_removed(
    clients: ApiClients, phone: ConsoleClient
) -> None:
    people, app = clients.context.stores.people, clients.context.catalog.apps["shop"].app
    assert 'name="begin"' in (await phone.get(PAGE)).text
    await phone.post(f"{PAGE}/quiet-hours", begin="22:00", end="07:30")
    assert (await people.read(app, "ann")).quiet_hours == "22:00-07:30"
    assert "22:00–07:30" in (await phone.get(PAGE)).text
    await phone.post(f"{PAGE}/quiet-hours", begin="22:10", end="07:30")
    assert "at a quarter of an hour, such as" in (await phone.get(PAGE)).text
    await phone.post(f"{PAGE}/quiet-hours", begin="22:00", end="")
    assert (await people.read(app, "ann")).quiet_hours == "22:00-07:30"
    await phone.post(f"{PAGE}/quiet-hours", begin="", end="")
    assert (await people.read(app, "ann")).quiet_hours == ""


async def test_a_person_and_a_phone_are_opted_out_and_in_again(
    clients: ApiClients, phone: ConsoleClient
) -> None:
    people, app = clients.context.stores.people, clients.context.catalog.apps["shop"].app
    await phone.post(f"{PAGE}/opt-out", whose="person", add="marketing")
    await phone.post(f"{PAGE}/opt-out", whose="phone", add="news")
    terminal = (await clients.shop.get("/v1/terminals/hours-1")).json()
    assert ((await people.read(app, "ann")).opt_out, terminal["opt_out"]) == (["marketing"], ["news"])
    page = (await phone.get(PAGE)).text
    for category, whose in (("marketing", "the person"), ("news", "this phone")):
        assert f'<span class="mono">{category}</span> <span class="quiet">{whose}</span>' in page
    await phone.post(f"{PAGE}/opt-out", whose="person", add="Not A Category")
    await phone.post(f"{PAGE}/opt-out", whose="person", remove="marketing")
    await phone.post(f"{PAGE}/opt-out", whose="phone", remove="news")
    terminal = (await clients.shop.get("/v1/terminals/hours-1")).json()
    assert ((await people.read(app, "ann")).opt_out, terminal["opt_out"]) == ([], [])
