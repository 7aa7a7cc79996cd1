"""Held removals are shown, confirmed and dismissed through the API."""

import pytest
from tests.support.api.clients import ApiClients
from tests.support.held_removals import held_removals, hold

from pushgate.domain.app import App
from pushgate.domain.errors import NotFound

SHOP = App("shop")
PATH = "/v1/apps/shop/vendors/fcm/held-removals"
pytestmark = pytest.mark.usefixtures("healthy_fleet")


async def test_they_are_listed_in_pages(clients: ApiClients) -> None:
    await hold(clients.context.stores, SHOP, "fcm", range(3), "UNREGISTERED")
    first = (await clients.operator.get(PATH, params={"limit": "2"})).json()
    assert (first["listed"], first["beyond"], first["removal"]) == (3, 0, None)
    assert [one["terminal"] for one in first["terminals"]] == ["fcm-0", "fcm-1"]
    assert first["terminals"][0]["code"] == "UNREGISTERED"
    second = (await clients.operator.get(PATH, params={"cursor": first["next_cursor"]})).json()
    assert [one["terminal"] for one in second["terminals"]] == ["fcm-2"]
    assert second["next_cursor"] is None


async def test_confirming_removes_the_terminals_and_ends_the_problem(clients: ApiClients) -> None:
    await hold(clients.context.stores, SHOP, "fcm", range(3))
    (problem,) = (await clients.shop.get("/status")).json()["problems"]
    assert f"POST {PATH}/dismiss" in problem["remedy"]
    answer = await clients.operator.post(f"{PATH}/confirm")
    assert answer.status_code == 200
    removal = answer.json()["removal"]
    assert (removal["held"], removal["removed"], removal["kept"]) == (3, 3, 0)
    assert (await clients.operator.get(PATH)).json()["removal"] == removal
    with pytest.raises(NotFound):
        await clients.context.stores.registry.read(SHOP, "fcm-0")
    assert (await clients.shop.get("/status")).json()["problems"] == []


async def test_dismissing_keeps_the_terminals(clients: ApiClients) -> None:
    await hold(clients.context.stores, SHOP, "fcm", range(3))
    answer = await clients.operator.post(f"{PATH}/dismiss")
    assert answer.json() == {"app": "shop", "vendor": "fcm", "dismissed": 3}
    assert (await clients.context.stores.registry.read(SHOP, "fcm-0")).id == "fcm-0"
    assert await held_removals(clients.context.stores) == {}


async def test_only_operators_and_administrators_may(clients: ApiClients) -> None:
    assert (await clients.other.get(PATH)).status_code == 403
    assert (await clients.reader.post(f"{PATH}/confirm")).status_code == 403
    assert (await clients.other.get("/v1/apps/other/vendors/apns/held-removals")).status_code == 200
