"""The page of vendors: what is removed is what the dialog showed, and quotas are told."""

from datetime import timedelta

import pytest
from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient
from tests.support.held_removals import held_removals, hold

from pushgate.domain.app import App, Scope
from pushgate.domain.message import InQuietHours
from pushgate.domain.push_class import PushClass
from pushgate.quotas.quota import Quota
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections

SHOP = App("shop")


@pytest.fixture
def shop_settings(credentials: Credentials) -> dict[str, object]:
    """The shop with a quota of vivo."""
    return {"vivo": {**app_sections(credentials)["vivo"], "quotas": {"marketing": 10}}}


async def test_a_quota_is_told_with_what_waits_for_it(clients: ApiClients) -> None:
    quotas, quota = clients.context.stores.quotas, Quota("shop", "vivo", PushClass.MARKETING, 10)
    day, _ = await quotas.take(quota, 1, "m", "run", {"part": 10}, timedelta(minutes=1))
    await quotas.settle(quota, day, "m", "run", {"part": 10})
    await quotas.want(quota, 1, "m", 2345, timedelta(minutes=1))
    browser = ConsoleClient(clients.context)
    await browser.sign_in(await clients.context.keys.create("shop", [Scope.READ, Scope.ADMIN], "growth"))
    page = (await browser.get("/vendors")).text
    assert "Marketing pushes today" in page
    assert "10 / 10" in page
    assert "2,345 pushes wait for midnight in Shanghai." in page
    assert "The day’s quota of vivo is used up" in page


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


async def test_quiet_hours_and_caps_of_an_app_are_changed(clients: ApiClients, operator_key: str) -> None:
    await clients.operator.put("/v1/apps/made", json={"caps": {"news": {"per_day": 1}}})
    browser = ConsoleClient(clients.context)
    await browser.sign_in(operator_key)
    assert 'value="news"' in (await browser.get("/apps/made/settings")).text
    typed = {"timezone": "Asia/Shanghai", "caps.0.category": "news", "caps.0.per_day": "4"}
    typed |= {"hours.0.category": "all", "hours.0.begin": "22:00", "hours.0.then": "hold"}
    refused = await browser.post("/apps/made/settings", **typed, **{"hours.0.end": "8"})
    assert "all.end" in refused.text
    await browser.post("/apps/made/settings", **typed, **{"hours.0.end": "08:00"})
    settings = clients.context.catalog.apps["made"].settings
    assert (settings.timezone, settings.caps["news"].per_day) == ("Asia/Shanghai", 4)
    assert settings.in_quiet_hours("order") is InQuietHours.HOLD
    assert "22:00–08:00, held" in (await browser.get("/vendors?app=made")).text
