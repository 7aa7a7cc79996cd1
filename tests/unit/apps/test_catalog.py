"""The catalog answers for apps with settings by itself, and for others by their registry. A vendor
knows its quotas.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.adapters.rendering import SETTINGS
from tests.support.apps import BrokenAdapter, ClosingAdapter, configured_app, configured_vendor

from pushgate.apps.catalog import AppCatalog
from pushgate.domain.app import App, PushRate
from pushgate.domain.message import Options
from pushgate.domain.push_class import PushClass
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.terminals.registered_apps import RegisteredApps

SHOP, NEWS = App("shop", 2), App("news")


@pytest.fixture
def catalog() -> AppCatalog:
    """Two apps, over a registry that nobody asks: no test here opens a connection."""
    registered = RegisteredApps(connect(RedisSettings(url="redis://127.0.0.1:1/0", max_connections=4)))
    limited = configured_vendor("apns", rate=PushRate(5, timedelta(seconds=1)))
    return AppCatalog(
        registered,
        {
            "shop": configured_app(SHOP, {"fcm": configured_vendor("fcm"), "apns": limited}),
            "news": configured_app(NEWS, {"fcm": configured_vendor("fcm")}),
        },
    )


async def test_an_app_with_settings_is_answered_without_its_registry(catalog: AppCatalog) -> None:
    assert (await catalog.ensure("shop")).app == SHOP
    found = await catalog.find("news")
    assert found is not None
    assert found.app == NEWS


def test_routes_are_the_pairs_that_can_send(catalog: AppCatalog) -> None:
    assert catalog.routes == [("news", "fcm"), ("shop", "apns"), ("shop", "fcm")]


def test_a_vendor_is_found_for_the_apps_that_have_it(catalog: AppCatalog) -> None:
    found = catalog.vendor("shop", "apns")
    assert found is not None
    assert found.vendor.name == "apns"
    assert catalog.vendor("news", "apns") is None
    assert catalog.vendor("nobody", "apns") is None


def test_a_rate_is_the_settings_and_no_limit_without_settings(catalog: AppCatalog) -> None:
    assert catalog.push_rate("shop", "apns") == PushRate(5, timedelta(seconds=1))
    assert catalog.push_rate("nobody", "apns") == PushRate()


async def test_an_adapter_that_cannot_be_closed_keeps_no_other_one_open() -> None:
    broken, adapter = BrokenAdapter(), ClosingAdapter()
    vendors = {"fcm": configured_vendor("fcm", broken), "apns": configured_vendor("apns", adapter)}
    registered = RegisteredApps(connect(RedisSettings(url="redis://127.0.0.1:1/0", max_connections=4)))
    await AppCatalog(registered, {"shop": configured_app(SHOP, vendors)}).close()
    assert adapter.closed.is_set()


def test_a_removal_of_a_notification_counts_in_no_quota() -> None:
    quotas = dict.fromkeys(PushClass, 5)
    vendor = replace(configured_vendor("xiaomi"), settings=SETTINGS.model_copy(update={"quotas": quotas}))
    assert vendor.quota_of("shop", Options()) is not None
    assert vendor.quota_of("shop", Options(silent=True, withdraws="0" * 30)) is None
