"""Held removals: what is removed is what the dialog showed."""

from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient
from tests.support.held_removals import held_removals, hold

from pushgate.domain.app import App

SHOP = App("shop")


async def test_more_phones_than_were_shown_are_not_removed(clients: ApiClients, operator_key: str) -> None:
    stores = clients.context.stores
    browser = ConsoleClient(clients.context)
    await browser.sign_in(operator_key)
    await hold(stores, SHOP, "fcm", range(3))
    asked = await browser.get("/vendors/shop/fcm/held")
    assert "Remove 3 phones" in asked.text
    await hold(stores, SHOP, "fcm", range(3, 5))
    await browser.post("/vendors/shop/fcm/held/confirm", seen="3")
    assert await held_removals(stores) == {("shop", "fcm"): 5}
    await browser.post("/vendors/shop/fcm/held/confirm", seen="5")
    assert await held_removals(stores) == {}
